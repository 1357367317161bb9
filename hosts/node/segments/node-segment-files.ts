import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { SegmentFile, SegmentFiles } from '../../../app/delivery/segment-files.ts';
import { syncFolder } from './node-state-file.ts';

const SUFFIX = '.spool';
const MARK = 'release';

/** SegmentFiles in a folder: `0000000001.spool`, ... and `release`. Serves Node and Deno. */
export class NodeSegmentFiles implements SegmentFiles {
	readonly #folder: string;
	/** Open handles, until the segment is removed; bounded by the spool's bound over its segment length. */
	readonly #handles = new Map<number, Promise<FileHandle>>();
	#mark: FileHandle | undefined;

	private constructor(folder: string) {
		this.#folder = folder;
	}

	/** Makes the folder (mode 0700) if need be. */
	static async open(folder: string): Promise<NodeSegmentFiles> {
		await mkdir(folder, { recursive: true, mode: 0o700 });
		return new NodeSegmentFiles(folder);
	}

	async list(): Promise<SegmentFile[]> {
		const found: SegmentFile[] = [];
		for (const name of await readdir(this.#folder)) {
			const sequence = Number(/^(\d{10,16})\.spool$/.exec(name)?.[1]);
			if (!Number.isSafeInteger(sequence)) continue;
			found.push({ sequence, bytes: (await stat(join(this.#folder, name))).size });
		}
		return found.sort((a, b) => a.sequence - b.sequence);
	}

	async create(sequence: number): Promise<void> {
		const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL;
		const handle = await open(this.#path(sequence), flags, 0o600);
		this.#handles.set(sequence, Promise.resolve(handle));
		await syncFolder(this.#folder);
	}

	async append(sequence: number, parts: readonly Uint8Array[]): Promise<void> {
		const handle = await this.#handle(sequence);
		let total = 0;
		for (const p of parts) total += p.length;
		const { bytesWritten } = await handle.writev(parts as Uint8Array[]);
		// A short write is rare (signal, nearly full disk): the rest goes out joined.
		if (bytesWritten < total) {
			const rest = Buffer.concat(parts as Uint8Array[]).subarray(bytesWritten);
			await handle.appendFile(rest);
		}
	}

	async sync(sequence: number): Promise<void> {
		await (await this.#handle(sequence)).datasync();
	}

	async read(sequence: number, offset: number, length: number): Promise<Uint8Array> {
		const handle = await this.#handle(sequence);
		const buffer = new Uint8Array(length);
		let have = 0;
		while (have < length) {
			const { bytesRead } = await handle.read(buffer, have, length - have, offset + have);
			if (bytesRead === 0) break;
			have += bytesRead;
		}
		return have === length ? buffer : buffer.subarray(0, have);
	}

	async truncate(sequence: number, length: number): Promise<void> {
		const handle = await this.#handle(sequence);
		await handle.truncate(length);
		await handle.sync();
	}

	async remove(sequence: number): Promise<void> {
		const handle = this.#handles.get(sequence);
		this.#handles.delete(sequence);
		await (await handle)?.close();
		try {
			await unlink(this.#path(sequence));
		} catch (e) {
			if ((e as NodeJS.ErrnoException).code !== 'ENOENT') throw e;
		}
	}

	async readMark(): Promise<Uint8Array | null> {
		try {
			return await readFile(join(this.#folder, MARK));
		} catch (e) {
			if ((e as NodeJS.ErrnoException).code === 'ENOENT') return null;
			throw e;
		}
	}

	/** In place: what lies within one sector is written whole or not at all, and a new file a record costs four times as much. */
	async writeMark(bytes: Uint8Array): Promise<void> {
		let mark = this.#mark;
		if (mark === undefined) {
			mark = await open(join(this.#folder, MARK), constants.O_RDWR | constants.O_CREAT, 0o600);
			this.#mark = mark;
			await syncFolder(this.#folder);
		}
		const { bytesWritten } = await mark.write(bytes, 0, bytes.length, 0);
		if (bytesWritten < bytes.length)
			throw new Error(`${bytesWritten} of ${bytes.length} bytes of the release mark are written`);
		await mark.datasync();
	}

	async close(): Promise<void> {
		await this.#mark?.close();
		this.#mark = undefined;
		for (const handle of this.#handles.values()) await (await handle).close();
		this.#handles.clear();
	}

	#path(sequence: number): string {
		return join(this.#folder, `${String(sequence).padStart(10, '0')}${SUFFIX}`);
	}

	#handle(sequence: number): Promise<FileHandle> {
		let handle = this.#handles.get(sequence);
		if (!handle) {
			handle = open(this.#path(sequence), constants.O_RDWR | constants.O_APPEND);
			handle.catch(() => this.#handles.delete(sequence));
			this.#handles.set(sequence, handle);
		}
		return handle;
	}
}
