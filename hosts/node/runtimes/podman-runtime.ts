import type {
	ContainerMetadata,
	ContainerRuntime,
} from '../../../app/node-agent/containers/container-runtime.ts';
import { inspectOverDocker } from './docker-runtime.ts';
import type { PodmanStorage } from './podman-storage.ts';
import { findSocket } from './runtime-socket.ts';

/** Podman, which has no daemon: its lists on disk say most names, its API, where it is switched on, those of other storages. */
export class PodmanRuntime implements ContainerRuntime {
	readonly name = 'podman';
	readonly kinds = ['podman'] as const;
	readonly #storage: PodmanStorage;
	readonly #sockets: readonly string[];

	constructor(storage: PodmanStorage, sockets: readonly string[] = ['/run/podman/podman.sock']) {
		this.#storage = storage;
		this.#sockets = sockets;
	}

	place(): string | undefined {
		return this.#storage.place() ?? findSocket(this.#sockets);
	}

	async inspect(id: string, signal: AbortSignal): Promise<ContainerMetadata | undefined> {
		let unreadable: unknown;
		try {
			const listed = this.#storage.find(id);
			if (listed !== undefined) return { ...listed, labels: {}, environment: {} };
		} catch (error) {
			unreadable = error;
		}
		// Asked second: systemd starts it for the question.
		const socket = findSocket(this.#sockets);
		if (socket !== undefined) return inspectOverDocker(socket, id, signal);
		if (unreadable !== undefined) throw unreadable;
		return undefined;
	}
}
