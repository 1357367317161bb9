/** One log file that is followed: over rotation, truncation and restarts of the agent. */

import { type BigIntStats, closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { FedLogs, LogCounts, LogFormat, LogParser, LogSource } from '../../../core-as/facade/index.ts';
import type { FilePlace } from './log-offsets.ts';

const HEAD_BYTES = 64;
/** A program may go on writing to a file that was renamed, until it is told. */
const ROTATION_GRACE_MS = 2_000;
/** Nothing more comes to an open message after this. */
const SILENCE_MS = 1_000;
const COMPRESSED = /\.(gz|bz2|xz|zst)$/;

export interface LogTailOptions {
	/** As this process can open it. */
	path: string;
	format: LogFormat;
	parser: LogParser;
	maxPatterns: number;
	/** Where the last agent stopped. */
	resume: FilePlace | undefined;
	/** Without `resume`: files made since then, ms since the epoch, are read whole, rotated ones first; of others only what comes. */
	since: number;
	/** ms since the epoch. */
	now: () => number;
}

interface OpenFile {
	fd: number;
	file: string;
	head: Uint8Array;
	/** Next byte to read. */
	offset: number;
	/** Of the source, where this file begins. */
	base: number;
	/** When it was made: what was made later comes later. */
	birth: bigint;
}

export class LogTail {
	readonly #options: LogTailOptions;
	readonly #source: LogSource;
	/** May change: a process through whose root the file is seen may end. */
	path: string;
	#open: OpenFile | undefined;
	/** Files before the open one, as long as one of them is where the next agent has to start. */
	#before: Omit<OpenFile, 'fd'>[] = [];
	/** Bytes that the source was fed. */
	#fed = 0;
	#consumed = 0;
	#lastBytesAt: number;
	/** The next file to open: a place, or whatever was made after the file before. */
	#next: { path: string; offset: number } | { after: bigint } | undefined;
	/** How often a file was cut under us, or its rest could not be found: an unknown number of lines is lost. */
	truncations = 0;
	bytes = 0;

	constructor(options: LogTailOptions) {
		this.#options = options;
		this.path = options.path;
		this.#source = options.parser.open(options.format, options.maxPatterns, 0);
		this.#lastBytesAt = options.now();
		this.#start();
		this.#open = this.#openNext();
	}

	/** Where the next agent has to start; undefined before anything could be opened. */
	place(): FilePlace | undefined {
		const files = [...this.#before, ...(this.#open ? [this.#open] : [])];
		const file = files.findLast(({ base }) => base <= this.#consumed) ?? files[0];
		if (file === undefined) return undefined;
		const { head } = file;
		return {
			file: file.file,
			head: Buffer.from(head).toString('base64'),
			offset: this.#consumed - file.base,
		};
	}

	counts(): LogCounts {
		return this.#source.counts();
	}

	/**
	 * Reads on, at most a buffer. `more`: there may be further bytes at once. Throws CoreError CXR_CORE_TRAP when the
	 * component fails over these bytes, which are lost.
	 */
	read(buffer: Uint8Array, nanos: bigint): { fed: FedLogs | undefined; more: boolean } {
		const now = this.#options.now();
		this.#open ??= this.#openNext();
		const open = this.#open;
		if (open === undefined) return { fed: undefined, more: false };
		this.#noticeTruncation(open);
		const size = readSync(open.fd, buffer, 0, buffer.length, open.offset);
		if (size > 0) {
			open.offset += size;
			this.#lastBytesAt = now;
			this.bytes += size;
			if (open.head.length < HEAD_BYTES) open.head = readHead(open.fd);
			return { fed: this.#feed(buffer.subarray(0, size), nanos, false), more: size === buffer.length };
		}
		if (this.#isRotated(open, now)) {
			const fed = this.#feed(buffer.subarray(0, 0), nanos, true);
			this.#leave(open);
			return { fed, more: true };
		}
		const silent = now - this.#lastBytesAt >= SILENCE_MS && this.#consumed < this.#fed;
		return { fed: silent ? this.#feed(buffer.subarray(0, 0), nanos, true) : undefined, more: false };
	}

	close(): void {
		if (this.#open) closeSync(this.#open.fd);
		this.#open = undefined;
		this.#source.close();
	}

	#feed(bytes: Uint8Array, nanos: bigint, flush: boolean): FedLogs {
		this.#fed += bytes.length;
		// Should the component fail, these bytes are behind us.
		this.#consumed = this.#fed;
		const fed = this.#source.feed(bytes, nanos, flush);
		this.#consumed = fed.consumed;
		// A file is needed until the next one begins in what was handed out.
		this.#before = this.#before.filter(
			(_, i) => ((this.#before[i + 1] ?? this.#open)?.base ?? Number.POSITIVE_INFINITY) > this.#consumed,
		);
		return fed;
	}

	#start(): void {
		const { path } = this;
		const { resume, since } = this.#options;
		if (resume === undefined) {
			const stat = statOf(path);
			const after = BigInt(Math.floor(since)) * 1_000_000n;
			this.#next =
				stat !== undefined && birthOf(stat) <= after ? { path, offset: Number(stat.size) } : { after };
			return;
		}
		const found = [path, ...siblings(path)].find((each) => isSame(each, resume));
		if (found === undefined) this.truncations++;
		this.#next = found === undefined ? { path, offset: 0 } : { path: found, offset: resume.offset };
	}

	#openNext(): OpenFile | undefined {
		const wanted = this.#next ?? { path: this.path, offset: 0 };
		const next = 'after' in wanted ? firstAfter(this.path, wanted.after) : wanted;
		if (next === undefined) return undefined;
		try {
			const fd = openSync(next.path, 'r');
			const stat = fstatSync(fd, { bigint: true });
			if ('birth' in next && birthOf(stat) !== next.birth) {
				// Rotated between the two looks.
				closeSync(fd);
				return undefined;
			}
			const { offset } = next;
			this.#next = undefined;
			return {
				...{ fd, offset, file: fileOf(stat), head: readHead(fd) },
				...{ base: this.#fed - offset, birth: birthOf(stat) },
			};
		} catch {
			// Not there (yet), or not for us.
			return undefined;
		}
	}

	/** A file that became shorter, or begins with other bytes, was emptied: what was not read is lost. */
	#noticeTruncation(open: OpenFile): void {
		const size = Number(fstatSync(open.fd, { bigint: true }).size);
		if (size >= open.offset && startsWith(readHead(open.fd), open.head)) return;
		this.truncations++;
		open.offset = 0;
		open.base = this.#fed;
		open.head = readHead(open.fd);
	}

	/** A later file is there, and nobody has written to this one for a while. */
	#isRotated(open: OpenFile, now: number): boolean {
		const stat = statOf(this.path);
		if (stat === undefined || fileOf(stat) === open.file) return false;
		const { mtimeMs } = fstatSync(open.fd, { bigint: true });
		return now - Number(mtimeMs) >= ROTATION_GRACE_MS && firstAfter(this.path, open.birth) !== undefined;
	}

	#leave(open: OpenFile): void {
		closeSync(open.fd);
		this.#before.push(open);
		this.#open = undefined;
		this.#next = { after: open.birth };
	}
}

function statOf(path: string): BigIntStats | undefined {
	try {
		return statSync(path, { bigint: true });
	} catch {
		return undefined;
	}
}

function fileOf({ dev, ino }: BigIntStats): string {
	return `${dev}:${ino}`;
}

function readHead(fd: number): Uint8Array {
	const head = new Uint8Array(HEAD_BYTES);
	return head.subarray(0, readSync(fd, head, 0, HEAD_BYTES, 0));
}

function startsWith(bytes: Uint8Array, head: Uint8Array): boolean {
	return bytes.length >= head.length && head.every((byte, i) => bytes[i] === byte);
}

function isSame(path: string, place: FilePlace): boolean {
	const stat = statOf(path);
	if (stat === undefined || fileOf(stat) !== place.file || Number(stat.size) < place.offset) return false;
	const fd = openSync(path, 'r');
	try {
		return startsWith(readHead(fd), Buffer.from(place.head, 'base64'));
	} finally {
		closeSync(fd);
	}
}

/** Files beside it whose names continue its own, as rotation leaves them; compressed ones cannot be read on. */
function siblings(path: string): string[] {
	const folder = dirname(path);
	const name = basename(path);
	try {
		return readdirSync(folder)
			.filter((other) => other !== name && other.startsWith(name) && !COMPRESSED.test(other))
			.map((other) => join(folder, other));
	} catch {
		return [];
	}
}

interface Found {
	path: string;
	offset: number;
	birth: bigint;
}

/**
 * The file at the path, or rotated from there, that was made next after `birth`. Files that are rotated while one looks from
 * name to name slip through, so two looks have to agree.
 */
function firstAfter(path: string, birth: bigint): Found | undefined {
	let first = lookForFirst(path, birth);
	for (;;) {
		const again = lookForFirst(path, birth);
		if (again?.birth === first?.birth) return again;
		first = again;
	}
}

function lookForFirst(path: string, birth: bigint): Found | undefined {
	let first: Found | undefined;
	for (const each of [path, ...siblings(path)]) {
		const stat = statOf(each);
		if (!stat?.isFile()) continue;
		const made = birthOf(stat);
		if (made > birth && (first === undefined || made < first.birth))
			first = { path: each, offset: 0, birth: made };
	}
	return first;
}

/** Nanoseconds; where the file system does not say, the last change is near enough. */
function birthOf({ birthtimeNs, mtimeNs }: BigIntStats): bigint {
	return birthtimeNs > 0n ? birthtimeNs : mtimeNs;
}
