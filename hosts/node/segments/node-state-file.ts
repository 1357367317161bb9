import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { StateFile } from '../../../app/server/ingest/delta-state.ts';

/** A StateFile at a path; its folder exists. Serves Node and Deno. */
export class NodeStateFile implements StateFile {
	readonly #path: string;

	constructor(path: string) {
		this.#path = path;
	}

	async read(): Promise<Uint8Array | null> {
		try {
			return await readFile(this.#path);
		} catch (e) {
			if ((e as NodeJS.ErrnoException).code === 'ENOENT') return null;
			throw e;
		}
	}

	async replace(bytes: Uint8Array): Promise<void> {
		const fresh = `${this.#path}.new`;
		const handle = await open(fresh, 'w', 0o600);
		try {
			await handle.writeFile(bytes);
			await handle.sync();
		} finally {
			await handle.close();
		}
		await rename(fresh, this.#path);
		await syncFolder(dirname(this.#path));
	}
}

/** A name in a folder is durable only then. */
export async function syncFolder(path: string): Promise<void> {
	const folder = await open(path, 'r');
	try {
		await folder.sync();
	} finally {
		await folder.close();
	}
}
