import type {
	ContainerMetadata,
	ContainerRuntime,
} from '../../../app/node-agent/containers/container-runtime.ts';
import { findSocket, getJson, text, texts } from './runtime-socket.ts';

interface Inspected {
	Name?: unknown;
	Config?: { Labels?: unknown; Env?: unknown; Image?: unknown } | null;
}

/** dockerd, asked over its socket; see https://docs.docker.com/reference/api/engine/, ContainerInspect. */
export class DockerRuntime implements ContainerRuntime {
	readonly name = 'docker';
	readonly kinds = ['docker', 'containerd', 'sandbox'] as const;
	readonly #paths: readonly string[];

	constructor(paths: readonly string[] = ['/run/docker.sock']) {
		this.#paths = paths;
	}

	place(): string | undefined {
		return findSocket(this.#paths);
	}

	async inspect(id: string, signal: AbortSignal): Promise<ContainerMetadata | undefined> {
		const socket = this.place();
		return socket === undefined ? undefined : inspectOverDocker(socket, id, signal);
	}
}

/** What Docker's API, which Podman has too, says of a container; undefined: it has none of that id. */
export async function inspectOverDocker(
	socket: string,
	id: string,
	signal: AbortSignal,
): Promise<ContainerMetadata | undefined> {
	const answer = (await getJson(socket, `/containers/${id}/json`, signal)) as Inspected | undefined | null;
	if (!answer) return undefined;
	const environment: Record<string, string> = {};
	const variables = Array.isArray(answer.Config?.Env) ? answer.Config.Env : [];
	for (const variable of variables.map(text)) {
		const equals = variable.indexOf('=');
		// Of the rest, which may hold secrets, nothing is kept.
		if (variable.startsWith('NOMAD_') && equals > 0)
			environment[variable.slice(0, equals)] = variable.slice(equals + 1);
	}
	return {
		name: text(answer.Name).replace(/^\//, ''),
		labels: texts(answer.Config?.Labels),
		environment,
		image: text(answer.Config?.Image),
	};
}
