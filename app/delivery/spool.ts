import type { Clock } from '../clock.ts';
import { DeliveryError, SpoolFullError } from './errors.ts';
import {
	comparePositions,
	encodeRecordHeader,
	encodeSegmentHeader,
	type Position,
	RECORD_HEADER,
	type RecordInput,
	readSegmentHeader,
	SEGMENT_HEADER,
	type SpoolFault,
	type SpoolRecord,
} from './record.ts';
import { encodeReleaseMark, readReleaseMark } from './release-mark.ts';
import type { SegmentFiles } from './segment-files.ts';
import { readRecords, scanSegment } from './segment-scan.ts';

export interface SpoolOptions {
	files: SegmentFiles;
	/** Names the spool in statistics and messages. */
	name: string;
	/** Bound of all segment files together; an append beyond it throws SpoolFullError. */
	maxBytes: number;
	/** A segment is closed once it is this long; default maxBytes / 8, at most 16 MiB. */
	segmentBytes?: number;
	clock: Clock;
	/** Positions handed out will lie after this one, whatever is left of the files. */
	after?: Position;
}

export interface SpoolStats {
	received: number;
	released: number;
	/** Appends that were refused, by reason. */
	dropped: Record<string, number>;
	/** Failed writes, syncs and release marks. */
	errors: number;
	/** Bytes on disk and the bound, 0 to 1 in `fill`. */
	bytes: number;
	maxBytes: number;
	fill: number;
	segments: number;
	/** Torn tails that were cut, and damaged places that were skipped, since the spool was opened. */
	tornBytes: number;
	corruptRecords: number;
	corruptBytes: number;
	/** The last few damaged places, at most 16. */
	faults: SpoolFault[];
	syncs: number;
}

interface Segment {
	sequence: number;
	/** Bytes known to be on disk. */
	bytes: number;
	start: number;
}

interface Pending {
	parts: Uint8Array[];
	size: number;
	resolve(p: Position): void;
	reject(e: unknown): void;
}

/** Appends waiting for the disk may hold this many bytes; beyond it appends throw SpoolFullError. */
const MAX_PENDING_BYTES = 64 * 1024 * 1024;
/** One write takes at most this much of them. */
const MAX_GROUP_BYTES = 8 * 1024 * 1024;
const MAX_FAULTS = 16;

/**
 * A bounded queue of records in segment files, which survives kill -9 and power loss: what `append` resolved
 * for is on disk, and is read again after a start until it was released. Layout: docs/formats.md, "Spool".
 */
export class Spool {
	readonly name: string;
	readonly #files: SegmentFiles;
	readonly #clock: Clock;
	readonly #maxBytes: number;
	readonly #segmentBytes: number;
	#segments: Segment[] = [];
	/** Whether the last segment may still be appended to. */
	#open = false;
	#nextSequence = 1;
	#head: Position = { segment: 1, offset: SEGMENT_HEADER };
	#pending: Pending[] = [];
	#pendingBytes = 0;
	#writing: Promise<void> | null = null;
	#marking: Promise<void> | null = null;
	#markWanted = false;
	#closed = false;
	#saveFirst: (() => Promise<void>) | null = null;
	#waiters = new Set<() => void>();
	#faultPlaces = new Set<string>();
	#stats = {
		received: 0,
		released: 0,
		errors: 0,
		tornBytes: 0,
		corruptRecords: 0,
		corruptBytes: 0,
		syncs: 0,
	};
	#dropped: Record<string, number> = {};
	#faults: SpoolFault[] = [];

	private constructor(o: SpoolOptions) {
		this.name = o.name;
		this.#files = o.files;
		this.#clock = o.clock;
		this.#maxBytes = o.maxBytes;
		this.#segmentBytes = o.segmentBytes ?? Math.min(16 * 1024 * 1024, Math.floor(o.maxBytes / 8));
		if (this.#maxBytes < 4096) throw new Error(`BUG: spool of ${o.maxBytes} bytes`);
	}

	/** Opens or creates a spool; cuts a torn tail. Throws CXR_SPOOL_VERSION when a newer program wrote it. */
	static async open(o: SpoolOptions): Promise<Spool> {
		const spool = new Spool(o);
		try {
			await spool.#load(o.after);
		} catch (e) {
			await o.files.close();
			throw e;
		}
		return spool;
	}

	async #load(after: Position | undefined): Promise<void> {
		const markBytes = await this.#files.readMark();
		const mark = markBytes && readReleaseMark(markBytes);
		if (markBytes && !mark) this.#stats.errors++;
		const files = await this.#files.list();
		for (const [i, file] of files.entries()) {
			if (mark && file.sequence < mark.segment) {
				await this.#files.remove(file.sequence);
				continue;
			}
			const head = await this.#files.read(file.sequence, 0, SEGMENT_HEADER);
			const header = readSegmentHeader(head, file.sequence);
			const last = i === files.length - 1;
			let start = SEGMENT_HEADER;
			if (header.fault !== undefined) {
				if (file.bytes <= SEGMENT_HEADER) {
					// Torn while it was made: it never held a record.
					this.#stats.tornBytes += file.bytes;
					await this.#files.remove(file.sequence);
					continue;
				}
				this.#fault({ segment: file.sequence, offset: 0, bytes: SEGMENT_HEADER, reason: header.fault });
			} else start = header.start;
			const segment: Segment = { sequence: file.sequence, bytes: file.bytes, start };
			if (last) {
				const bytes = await this.#files.read(file.sequence, 0, file.bytes);
				const end = scanSegment(bytes, start, file.sequence).end;
				if (end < bytes.length) {
					this.#stats.tornBytes += bytes.length - end;
					await this.#files.truncate(file.sequence, end);
					segment.bytes = end;
				}
				this.#open = header.fault === undefined;
			}
			this.#segments.push(segment);
		}
		const highest = Math.max(0, mark?.segment ?? 0, files.at(-1)?.sequence ?? 0);
		this.#nextSequence = highest + 1;
		const end = this.tail();
		if (after && comparePositions(end, after) < 0) {
			this.#open = false;
			this.#nextSequence = Math.max(this.#nextSequence, after.segment + 1);
		}
		const first = this.#segments[0];
		this.#head = first
			? { segment: first.sequence, offset: first.start }
			: { segment: this.#nextSequence, offset: SEGMENT_HEADER };
		if (mark && first && mark.segment === first.sequence && mark.offset >= first.start) {
			// A mark beyond the end can only follow a cut tail; what comes next is new.
			if (mark.offset > first.bytes && this.#segments.length === 1) this.#open = false;
			this.#head = { segment: mark.segment, offset: Math.min(mark.offset, first.bytes) };
		}
	}

	/**
	 * Resolves, when the record is on disk, with the position just after it. Many appends share one fsync.
	 * Throws SpoolFullError when the bound is reached, CXR_SPOOL_WRITE when the disk fails.
	 */
	append(r: RecordInput): Promise<Position> {
		if (this.#closed) return Promise.reject(new DeliveryError('CXR_SPOOL_CLOSED', this.name));
		const state = r.sourceState;
		const size = RECORD_HEADER + (state?.length ?? 0) + r.payload.length;
		const overhead = this.#open ? 0 : SEGMENT_HEADER;
		if (size + 2 * SEGMENT_HEADER > this.#maxBytes) {
			this.#drop('too large');
			const detail = `${size} bytes, bound ${this.#maxBytes}, spool ${this.name}.`;
			return Promise.reject(new DeliveryError('CXR_SPOOL_TOO_LARGE', detail));
		}
		if (this.#bytes() + this.#pendingBytes + size + overhead > this.#maxBytes) {
			this.#drop('full');
			const detail = `${this.#bytes()} of ${this.#maxBytes} bytes are in use, spool ${this.name}.`;
			return Promise.reject(new SpoolFullError(detail));
		}
		if (this.#pending.length > 0 && this.#pendingBytes + size > MAX_PENDING_BYTES) {
			this.#drop('disk too slow');
			return Promise.reject(new SpoolFullError(`${this.#pendingBytes} bytes wait for the disk.`));
		}
		const parts = [encodeRecordHeader(r, this.#clock.now())];
		if (state?.length) parts.push(state);
		if (r.payload.length) parts.push(r.payload);
		this.#pendingBytes += size;
		return new Promise((resolve, reject) => {
			this.#pending.push({ parts, size, resolve, reject });
			this.#writing ??= this.#write();
		});
	}

	/** Writes all that waits, in groups of one write and one fsync each. */
	async #write(): Promise<void> {
		await null; // Lets the appends of this turn join the first group.
		while (this.#pending.length > 0) {
			let bytes = 0;
			let count = 0;
			while (count < this.#pending.length && (count === 0 || bytes < MAX_GROUP_BYTES)) {
				bytes += this.#pending[count]!.size;
				count++;
			}
			const group = this.#pending.splice(0, count);
			try {
				const segment = await this.#writableSegment();
				const before = segment.bytes;
				try {
					await this.#files.append(
						segment.sequence,
						group.flatMap((p) => p.parts),
					);
					await this.#files.sync(segment.sequence);
				} catch (e) {
					// What reached the disk is unknown: cut it off, and never append after it.
					this.#open = false;
					await this.#files.truncate(segment.sequence, before).catch(() => {});
					throw e;
				}
				this.#stats.syncs++;
				this.#stats.received += count;
				segment.bytes = before + bytes;
				let offset = before;
				for (const p of group) {
					offset += p.size;
					p.resolve({ segment: segment.sequence, offset });
				}
				if (segment.bytes >= this.#segmentBytes) this.#open = false;
			} catch (e) {
				this.#stats.errors++;
				const message = e instanceof Error ? e.message : String(e);
				const noSpace = (e as { code?: unknown }).code === 'ENOSPC';
				for (const p of group) {
					this.#drop(noSpace ? 'disk full' : 'write failed');
					p.reject(
						noSpace
							? new SpoolFullError(`The disk has no space left. ${message}`, { cause: e })
							: new DeliveryError('CXR_SPOOL_WRITE', message, { cause: e }),
					);
				}
			}
			this.#pendingBytes -= bytes;
			const waiters = [...this.#waiters];
			this.#waiters.clear();
			for (const wake of waiters) wake();
		}
		// In the same turn as the test above, or an append in between would wait for ever.
		this.#writing = null;
	}

	async #writableSegment(): Promise<Segment> {
		const last = this.#segments.at(-1);
		if (this.#open && last) return last;
		const sequence = this.#nextSequence++;
		await this.#files.create(sequence);
		const header = encodeSegmentHeader(sequence, this.#clock.now());
		await this.#files.append(sequence, [header]);
		const segment = { sequence, bytes: header.length, start: header.length };
		this.#segments.push(segment);
		this.#open = true;
		return segment;
	}

	/**
	 * Valid durable records from `from` on, oldest first, until their payloads reach `maxBytes`; at least one when
	 * there is one. Damaged places are skipped and counted. Empty means that nothing valid lies after `from`.
	 */
	async read(from: Position, maxBytes: number): Promise<SpoolRecord[]> {
		const start = comparePositions(from, this.#head) < 0 ? this.#head : from;
		const out: SpoolRecord[] = [];
		let left = maxBytes;
		for (const segment of [...this.#segments]) {
			if (segment.sequence < start.segment || left <= 0) continue;
			const at = segment.sequence === start.segment ? Math.max(start.offset, segment.start) : segment.start;
			const got = await readRecords(this.#files, segment, at, left).catch((e: unknown) => {
				// Released while it was read: there is nothing left to say about it.
				if (!this.#segments.includes(segment)) return { records: [], faults: [] };
				throw e;
			});
			for (const fault of got.faults) this.#fault(fault);
			for (const r of got.records) {
				out.push(r);
				left -= r.payload.length + RECORD_HEADER;
			}
		}
		return out;
	}

	/** `save` runs before anything is released, and where it fails nothing is: for what is made of the records elsewhere. */
	beforeRelease(save: () => Promise<void>): void {
		this.#saveFirst = save;
	}

	/** Says that everything before `upTo` is safe elsewhere. Durable when it resolves; may repeat after a crash. */
	async release(upTo: Position): Promise<void> {
		if (comparePositions(upTo, this.tail()) > 0) {
			throw new Error(`BUG: release of ${upTo.segment}:${upTo.offset} beyond the end of spool ${this.name}`);
		}
		if (comparePositions(upTo, this.#head) <= 0) return;
		if (this.#saveFirst) {
			await this.#saveFirst();
			if (comparePositions(upTo, this.#head) <= 0) return;
		}
		this.#head = upTo;
		this.#stats.released++;
		this.#markWanted = true;
		while (this.#markWanted || this.#marking) {
			this.#marking ??= this.#mark().finally(() => {
				this.#marking = null;
			});
			await this.#marking;
		}
	}

	async #mark(): Promise<void> {
		this.#markWanted = false;
		const last = this.#segments.at(-1);
		if (last && !this.#writing && comparePositions(this.#head, this.tail()) === 0) {
			// All is delivered: a long segment is given up, so that the disk is free while nothing happens.
			if (last.bytes >= this.#segmentBytes / 2) {
				this.#open = false;
				this.#head = { segment: this.#nextSequence, offset: SEGMENT_HEADER };
			}
		}
		const head = this.#head;
		try {
			await this.#files.writeMark(encodeReleaseMark(head));
			while (this.#segments[0] && this.#segments[0].sequence < head.segment) {
				await this.#files.remove(this.#segments[0].sequence);
				this.#segments.shift();
			}
		} catch (e) {
			this.#stats.errors++;
			throw new DeliveryError('CXR_SPOOL_WRITE', e instanceof Error ? e.message : String(e), { cause: e });
		}
	}

	/** The oldest position that is not released. */
	head(): Position {
		return this.#head;
	}

	/** The position after the last durable record. */
	tail(): Position {
		const last = this.#segments.at(-1);
		if (last && comparePositions({ segment: last.sequence, offset: last.bytes }, this.#head) > 0) {
			return { segment: last.sequence, offset: last.bytes };
		}
		return this.#head;
	}

	/** Resolves when a record lies after `from`, or when `signal` aborts, or the spool closes. */
	wait(from: Position, signal?: AbortSignal): Promise<void> {
		return new Promise((resolve) => {
			const check = () => {
				if (this.#closed || signal?.aborted || comparePositions(this.tail(), from) > 0) {
					this.#waiters.delete(check);
					signal?.removeEventListener('abort', check);
					resolve();
				} else this.#waiters.add(check);
			};
			signal?.addEventListener('abort', check);
			check();
		});
	}

	stats(): SpoolStats {
		const bytes = this.#bytes();
		return {
			...this.#stats,
			dropped: { ...this.#dropped },
			bytes,
			maxBytes: this.#maxBytes,
			fill: bytes / this.#maxBytes,
			segments: this.#segments.length,
			faults: [...this.#faults],
		};
	}

	/** Waits for what is being written, then closes the files. */
	async close(): Promise<void> {
		this.#closed = true;
		while (this.#writing) await this.#writing;
		await this.#marking?.catch(() => {});
		const waiters = [...this.#waiters];
		for (const wake of waiters) wake();
		await this.#files.close();
	}

	#bytes(): number {
		let n = 0;
		for (const s of this.#segments) n += s.bytes;
		return n;
	}

	#drop(reason: string): void {
		this.#dropped[reason] = (this.#dropped[reason] ?? 0) + 1;
	}

	/** Counts each damaged place once, however often it is read past. */
	#fault(fault: SpoolFault): void {
		const place = `${fault.segment}:${fault.offset}`;
		if (this.#faultPlaces.has(place)) return;
		if (this.#faultPlaces.size < 4096) this.#faultPlaces.add(place);
		this.#stats.corruptRecords++;
		this.#stats.corruptBytes += fault.bytes;
		this.#faults.push(fault);
		if (this.#faults.length > MAX_FAULTS) this.#faults.shift();
	}
}
