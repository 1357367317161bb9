/** What the runtime that made a container knows of it. Adapters: hosts/node/runtimes. */

import type { CgroupKind } from './cgroup-kind.ts';

export interface ContainerMetadata {
	/** Empty where the runtime gives no names. */
	name: string;
	labels: Readonly<Record<string, string>>;
	/** Environment that the container was made with; empty where the runtime does not say. */
	environment: Readonly<Record<string, string>>;
	/** Image reference; empty when not known. */
	image: string;
}

export type RuntimeName = 'docker' | 'containerd' | 'crio' | 'podman';

export interface ContainerRuntime {
	readonly name: RuntimeName;
	/** Of cgroups that may be this runtime's. */
	readonly kinds: readonly CgroupKind[];
	/** Path of what it is asked at, as this process can open it; undefined: this runtime is not on the node. */
	place(): string | undefined;
	/**
	 * Undefined: this runtime is not on the node, or does not know the container. Rejects when it is there and cannot
	 * be asked, or when `signal` aborts.
	 * @param id 64 hex digits
	 */
	inspect(id: string, signal: AbortSignal): Promise<ContainerMetadata | undefined>;
}
