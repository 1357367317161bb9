import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ServerError } from '../../app/server/errors.ts';

/** A data directory of one process: SQLite's lock of a file, which ends with the process however that ends. */
export class DataLock {
	readonly #file: DatabaseSync;

	private constructor(file: DatabaseSync) {
		this.#file = file;
	}

	/** Throws CXR_STORE_LOCKED when another process has it. */
	static take(dataDir: string): DataLock {
		const path = join(dataDir, 'lock.sqlite');
		const file = new DatabaseSync(path);
		try {
			file.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
		} catch (e) {
			file.close();
			throw new ServerError('CXR_STORE_LOCKED', path, { cause: e });
		}
		return new DataLock(file);
	}

	async close(): Promise<void> {
		this.#file.close();
	}
}
