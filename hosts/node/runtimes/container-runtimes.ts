import type { ContainerRuntime } from '../../../app/node-agent/containers/container-runtime.ts';
import type { RuntimePlaces } from '../../../app/node-agent/containers/runtime-options.ts';
import { ContainerdRuntime } from './containerd-runtime.ts';
import { CrioRuntime } from './crio-runtime.ts';
import { DockerRuntime } from './docker-runtime.ts';
import { PodmanRuntime } from './podman-runtime.ts';
import { PodmanStorage } from './podman-storage.ts';

/** All that are known, in the order in which they are asked. */
export function containerRuntimes({
	docker,
	containerd,
	crio,
	podman,
	podmanRoot,
}: RuntimePlaces): ContainerRuntime[] {
	const only = (path: string | undefined) => (path === undefined ? undefined : [path]);
	return [
		new DockerRuntime(only(docker)),
		new ContainerdRuntime(only(containerd)),
		new CrioRuntime(only(crio)),
		new PodmanRuntime(new PodmanStorage(podmanRoot), only(podman)),
	];
}
