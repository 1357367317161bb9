import protobuf from 'protobufjs';
import type {
	ContainerMetadata,
	ContainerRuntime,
} from '../../../app/node-agent/containers/container-runtime.ts';
import { GrpcSession } from './grpc-session.ts';
import { findSocket } from './runtime-socket.ts';

const PATHS = [
	'/var/snap/microk8s/common/run/containerd.sock',
	'/run/k0s/containerd.sock',
	'/run/k3s/containerd/containerd.sock',
	'/run/containerd/containerd.sock',
];

/**
 * The fields that are read of https://github.com/containerd/containerd, containers.proto in api/services/containers/v1
 * and namespace.proto in api/services/namespaces/v1.
 */
const types = protobuf.parse(`
syntax = "proto3";
message Request { string id = 1; }
message Container { string id = 1; map<string, string> labels = 2; string image = 3; }
message Answer { Container container = 1; }
message Namespace { string name = 1; }
message Namespaces { repeated Namespace namespaces = 1; }
`).root;

const GET = '/containerd.services.containers.v1.Containers/Get';
const LIST_NAMESPACES = '/containerd.services.namespaces.v1.Namespaces/List';
const KUBERNETES = 'k8s.io';
/** Its containers are dockerd's to tell. */
const DOCKER = 'moby';
/** Asked for one container, beside that of Kubernetes, in containerd's order; the rest are not. */
const MAX_NAMESPACES = 32;
/** Where nerdctl writes what a person called the container. */
const NAME_LABEL = 'nerdctl/name';

/** containerd, asked by gRPC over its socket for the labels that its CRI plugin and nerdctl give to containers. */
export class ContainerdRuntime implements ContainerRuntime {
	readonly name = 'containerd';
	readonly kinds = ['docker', 'containerd', 'sandbox'] as const;
	readonly #paths: readonly string[];

	constructor(paths: readonly string[] = PATHS) {
		this.#paths = paths;
	}

	place(): string | undefined {
		return findSocket(this.#paths);
	}

	async inspect(id: string, signal: AbortSignal): Promise<ContainerMetadata | undefined> {
		const socket = this.place();
		if (socket === undefined) return undefined;
		const session = new GrpcSession(socket);
		try {
			const ofPod = await get(session, KUBERNETES, id, signal);
			if (ofPod !== undefined) return ofPod;
			for (const namespace of await furtherNamespaces(session, signal)) {
				const found = await get(session, namespace, id, signal);
				if (found !== undefined) return found;
			}
			return undefined;
		} finally {
			session.close();
		}
	}
}

/** Undefined: the namespace has no such container. */
async function get(
	session: GrpcSession,
	namespace: string,
	id: string,
	signal: AbortSignal,
): Promise<ContainerMetadata | undefined> {
	const request = types.lookupType('Request').encode({ id }).finish();
	const message = await session.call(GET, { 'containerd-namespace': namespace }, request, signal);
	if (message === undefined) return undefined;
	const answer = types.lookupType('Answer').decode(message) as unknown as {
		container?: { labels: Record<string, string>; image: string } | null;
	};
	if (!answer.container) return undefined;
	const { labels, image } = answer.container;
	return { name: labels[NAME_LABEL] ?? '', labels, environment: {}, image };
}

async function furtherNamespaces(session: GrpcSession, signal: AbortSignal): Promise<string[]> {
	const message = await session.call(LIST_NAMESPACES, {}, new Uint8Array(), signal);
	if (message === undefined) return [];
	const { namespaces } = types.lookupType('Namespaces').decode(message) as unknown as {
		namespaces: { name: string }[];
	};
	return namespaces
		.map(({ name }) => name)
		.filter((name) => name !== KUBERNETES && name !== DOCKER)
		.slice(0, MAX_NAMESPACES);
}
