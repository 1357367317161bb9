import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { HostFiles } from '../../../app/node-agent/node/host-files.ts';
import type { ProcFiles } from '../../../app/node-agent/processes/proc-files.ts';

/** ProcFiles over the real /proc. Synchronous: these files live in memory, and a process may be gone in a moment. */
export class NodeProcFiles implements ProcFiles {
	readonly #root: string;

	constructor(root = '/proc') {
		this.#root = root;
	}

	pids(): number[] {
		return this.list('').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
	}

	read(path: string): string | undefined {
		return orUndefined(() => readFileSync(join(this.#root, path), 'utf8'));
	}

	link(path: string): string | undefined {
		return orUndefined(() => readlinkSync(join(this.#root, path)));
	}

	list(path: string): string[] {
		return orUndefined(() => readdirSync(join(this.#root, path))) ?? [];
	}
}

/**
 * The node's own root also where the agent runs in a container; where pid 1 may not be looked at, the agent's own root.
 */
export const HOST_ROOTS: readonly string[] = ['/proc/1/root', '/'];

/** HostFiles under the first root that has a file. */
export class NodeHostFiles implements HostFiles {
	readonly #roots: readonly string[];

	constructor(roots = HOST_ROOTS) {
		this.#roots = roots;
	}

	read(path: string): string | undefined {
		for (const root of this.#roots) {
			const text = orUndefined(() => readFileSync(join(root, path), 'utf8'));
			if (text !== undefined) return text;
		}
		return undefined;
	}
}

/** Whatever goes wrong here means that there is nothing to see: gone, never there, or not for us. */
export function orUndefined<T>(look: () => T): T | undefined {
	try {
		return look();
	} catch {
		return undefined;
	}
}
