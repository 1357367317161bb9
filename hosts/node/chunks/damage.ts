import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Files that are kept; older ones are removed. */
const MAX_KEPT = 8;

/** True when an error of DuckDB says that what a file holds is not what was written; not so of a full disk or a lock. */
export function isDamage(error: unknown): boolean {
	return /Corrupt database file|Corrupt WAL|not a valid DuckDB database|Could not read enough bytes|checksum|Failure while replaying WAL/i.test(
		String(error),
	);
}

/** Where damaged files go as NAME.TIME, for whoever wants to look at them; the last MAX_KEPT are kept. */
export class CorruptFolder {
	readonly #folder: string;
	readonly #now: () => number;
	#last = 0;

	constructor(folder: string, now: () => number) {
		this.#folder = folder;
		this.#now = now;
	}

	/** Moves a file here, and the log beside it if there is one. */
	async take(path: string): Promise<void> {
		const to = await this.#place(path);
		await rename(path, to).catch(ignoreMissing);
		await rename(`${path}.wal`, `${to}.wal`).catch(ignoreMissing);
		await this.#trim();
	}

	/** Copies a file here. */
	async copy(path: string): Promise<void> {
		await copyFile(path, await this.#place(path));
		await this.#trim();
	}

	async #place(path: string): Promise<string> {
		await mkdir(this.#folder, { recursive: true, mode: 0o700 });
		this.#last = Math.max(this.#last + 1, this.#now());
		const time = new Date(this.#last).toISOString().replace(/[-:.]/g, '');
		return join(this.#folder, `${basename(path)}.${time}`);
	}

	async #trim(): Promise<void> {
		const kept = (await readdir(this.#folder)).filter((name) => !LOG.test(name));
		kept.sort((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1));
		for (const name of kept.slice(0, -MAX_KEPT)) {
			await rm(join(this.#folder, name), { force: true });
			await rm(join(this.#folder, `${name}.wal`), { force: true });
		}
	}
}

/** A log that went along with its file. */
const LOG = /Z\.wal$/;

function timeOf(name: string): string {
	return name.slice(name.lastIndexOf('.') + 1);
}

export function ignoreMissing(error: unknown): void {
	if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
