import type {
	ContainerMetadata,
	ContainerRuntime,
} from '../../../app/node-agent/containers/container-runtime.ts';
import { findSocket, getJson, text, texts } from './runtime-socket.ts';

/** CRI-O, asked over its socket; see https://github.com/cri-o/cri-o, `ContainerInfo` in internal/server/inspect. */
export class CrioRuntime implements ContainerRuntime {
	readonly name = 'crio';
	readonly kinds = ['crio'] as const;
	readonly #paths: readonly string[];

	constructor(paths: readonly string[] = ['/run/crio/crio.sock']) {
		this.#paths = paths;
	}

	place(): string | undefined {
		return findSocket(this.#paths);
	}

	async inspect(id: string, signal: AbortSignal): Promise<ContainerMetadata | undefined> {
		const socket = this.place();
		if (socket === undefined) return undefined;
		const answer = (await getJson(socket, `/containers/${id}`, signal)) as
			| { name?: unknown; labels?: unknown; image?: unknown }
			| undefined
			| null;
		if (!answer) return undefined;
		return {
			name: text(answer.name),
			labels: texts(answer.labels),
			environment: {},
			image: text(answer.image),
		};
	}
}
