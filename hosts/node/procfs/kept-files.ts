import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { orUndefined } from './procfs.ts';

/** Kept open at most; beyond that a file is opened each time. */
const MAX_OPEN = 16_384;
/** Files that nobody read for so long are closed: what they were of is gone. */
const UNUSED_MS = 10 * 60_000;

/**
 * Files of the kernel that are read again and again. They stay open, because to open one takes four times as long as to
 * read it; one whose cgroup or process is gone says so, and is opened again. Synchronous: they live in memory.
 */
export class KeptFiles {
	readonly #root: string;
	readonly #maxOpen: number;
	readonly #open = new Map<string, { fd: number; usedAt: number }>();
	#sweptAt = 0;
	#buffer = Buffer.allocUnsafe(16 << 10);

	/** @param root with its slash at the end */
	constructor(root: string, maxOpen = MAX_OPEN) {
		this.#root = root;
		// There may be two of these, and sockets and logs want descriptors too.
		this.#maxOpen = Math.min(maxOpen, openFileLimit() / 4);
	}

	get openFiles(): number {
		return this.#open.size;
	}

	/** Text of the file, in Latin-1; undefined when it is absent or not readable. */
	read(path: string): string | undefined {
		const file = this.#open.get(path);
		if (file !== undefined) {
			const text = orUndefined(() => this.#readAll(file.fd));
			if (text !== undefined) {
				file.usedAt = Date.now();
				return text;
			}
			this.#open.delete(path);
			closeSync(file.fd);
		}
		return orUndefined(() => this.#openAndRead(path));
	}

	close(): void {
		for (const { fd } of this.#open.values()) closeSync(fd);
		this.#open.clear();
	}

	#openAndRead(path: string): string {
		this.#closeUnused();
		const fd = openSync(this.#root + path, 'r');
		let keep = false;
		try {
			const text = this.#readAll(fd);
			keep = this.#open.size < this.#maxOpen;
			if (keep) this.#open.set(path, { fd, usedAt: Date.now() });
			return text;
		} finally {
			if (!keep) closeSync(fd);
		}
	}

	/** The kernel writes such a file anew for each read from its start, and gives all of it that there is room for. */
	#readAll(fd: number): string {
		for (;;) {
			const size = readSync(fd, this.#buffer, 0, this.#buffer.length, 0);
			if (size < this.#buffer.length) return this.#buffer.toString('latin1', 0, size);
			this.#buffer = Buffer.allocUnsafe(2 * size);
		}
	}

	#closeUnused(): void {
		const now = Date.now();
		if (now - this.#sweptAt < UNUSED_MS / 10) return;
		this.#sweptAt = now;
		for (const [path, { fd, usedAt }] of this.#open) {
			if (now - usedAt < UNUSED_MS) continue;
			this.#open.delete(path);
			closeSync(fd);
		}
	}
}

function openFileLimit(): number {
	const limits = orUndefined(() => readFileSync('/proc/self/limits', 'utf8'));
	return Number(/^Max open files +(\d+)/m.exec(limits ?? '')?.[1] ?? 1024);
}
