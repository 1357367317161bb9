import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { SecretFiles } from '../../../app/server/settings.ts';

/** SecretFiles in a folder, readable by their owner only. */
export class NodeSecretFiles implements SecretFiles {
	readonly #folder: string;

	constructor(folder: string) {
		this.#folder = folder;
	}

	async read(name: string): Promise<string | null> {
		try {
			return await readFile(join(this.#folder, name), 'utf8');
		} catch (e) {
			if ((e as NodeJS.ErrnoException).code === 'ENOENT') return null;
			throw e;
		}
	}

	async write(name: string, value: string): Promise<void> {
		const fresh = join(this.#folder, `${name}.new`);
		const handle = await open(fresh, 'w', 0o600);
		try {
			await handle.chmod(0o600);
			await handle.writeFile(value);
			await handle.sync();
		} finally {
			await handle.close();
		}
		await rename(fresh, join(this.#folder, name));
	}
}
