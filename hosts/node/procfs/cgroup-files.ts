import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { CgroupFiles } from '../../../app/node-agent/resources/cgroup-files.ts';
import { HOST_ROOTS, orUndefined } from './procfs.ts';

/** Kept open at most; beyond that a file is opened each time. */
const MAX_OPEN = 16_384;
/** Files that nobody read for so long are closed: their containers are gone. */
const UNUSED_MS = 10 * 60_000;

/**
 * CgroupFiles over the node's mounts. Synchronous: these files live in memory. They stay open, because to open one takes
 * four times as long as to read it; one whose cgroup was removed says so, and is opened again.
 */
export class NodeCgroupFiles implements CgroupFiles {
	readonly #root: string;
	readonly #maxOpen: number;
	readonly #open = new Map<string, { fd: number; usedAt: number }>();
	#sweptAt = 0;
	#buffer = Buffer.allocUnsafe(16 << 10);

	/**
	 * @param root as the node sees it
	 * @param hostRoots of the node's file system, the first that has `root` counts: the agent may run in a container
	 */
	constructor(root = '/sys/fs/cgroup', hostRoots = HOST_ROOTS, maxOpen = MAX_OPEN) {
		const roots = hostRoots.map((host) => join(host, root));
		this.#root = `${roots.find((each) => orUndefined(() => statSync(each)) !== undefined) ?? root}/`;
		// Sockets and logs want descriptors too.
		this.#maxOpen = Math.min(maxOpen, openFileLimit() / 2);
	}

	get openFiles(): number {
		return this.#open.size;
	}

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

	inode(path: string): number | undefined {
		return orUndefined(() => statSync(this.#root + path).ino);
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
