import assert from 'node:assert/strict';
import type { Clock } from '../clock.ts';
import { MemorySegmentFiles } from './memory-segment-files.ts';
import type { Position, SpoolRecord } from './record.ts';
import type { SegmentFiles } from './segment-files.ts';
import { Spool } from './spool.ts';

const clock: Clock = { now: () => 1_790_000_000_000, sleep: async () => {} };

export type Cases = Record<string, () => void | Promise<void>>;

/** A place where segments live: `reopen` gives the files as a new process would see them. */
export interface SegmentPlace {
	reopen(): Promise<SegmentFiles>;
	/** Overwrites bytes of a segment behind the spool's back; `length` cuts the file to that length first. */
	damage(sequence: number, offset: number, bytes: Uint8Array, length?: number): Promise<void>;
	dispose(): Promise<void>;
}

export function id(n: number): Uint8Array {
	const bytes = new Uint8Array(16);
	new DataView(bytes.buffer).setUint32(0, n);
	return bytes;
}

function payload(n: number, length: number): Uint8Array {
	return new Uint8Array(length).map((_, i) => (n * 31 + i) & 0xff);
}

async function all(spool: Spool, maxBytes = 1): Promise<SpoolRecord[]> {
	const out: SpoolRecord[] = [];
	let at: Position = spool.head();
	for (;;) {
		const records = await spool.read(at, maxBytes);
		if (records.length === 0) return out;
		out.push(...records);
		at = records.at(-1)!.end;
	}
}

const numbers = (records: SpoolRecord[]) => records.map((r) => new DataView(r.batchId.buffer).getUint32(0));

/** What every adapter of SegmentFiles must make true. */
export function spoolCases(place: () => Promise<SegmentPlace>): Cases {
	const within =
		(run: (p: SegmentPlace, open: (o?: object) => Promise<Spool>) => Promise<void>) => async () => {
			const p = await place();
			const opened: Spool[] = [];
			try {
				await run(p, async (o) => {
					const files = await p.reopen();
					const spool = await Spool.open({
						files,
						name: 'test',
						maxBytes: 1 << 20,
						segmentBytes: 4096,
						clock,
						...o,
					});
					opened.push(spool);
					return spool;
				});
			} finally {
				for (const s of opened) await s.close().catch(() => {});
				await p.dispose();
			}
		};
	const fill = async (spool: Spool, from: number, to: number, length = 1000) => {
		const ends: Position[] = [];
		for (let n = from; n < to; n++) {
			ends.push(await spool.append({ kind: 1, batchId: id(n), payload: payload(n, length) }));
		}
		return ends;
	};

	return {
		'records come back in order, with all their fields, over several segments': within(async (_p, open) => {
			const spool = await open();
			await fill(spool, 0, 20);
			const state = payload(7, 300);
			await spool.append({ kind: 2, batchId: id(20), payload: new Uint8Array(0), sourceState: state });
			for (const maxBytes of [1, 5000, 1 << 20]) {
				const records = await all(spool, maxBytes);
				assert.deepEqual(numbers(records), [...Array(21).keys()]);
				assert.deepEqual([...records[3]!.payload], [...payload(3, 1000)]);
				assert.equal(records[3]!.acceptedAt, clock.now());
				assert.equal(records[20]!.kind, 2);
				assert.deepEqual([...records[20]!.sourceState], [...state]);
			}
			assert.ok(spool.stats().segments >= 5);
		}),
		'a new process reads what was appended, and goes on after it': within(async (_p, open) => {
			const first = await open();
			await fill(first, 0, 5);
			await first.close();
			const second = await open();
			await fill(second, 5, 7);
			assert.deepEqual(numbers(await all(second)), [0, 1, 2, 3, 4, 5, 6]);
		}),
		'released records are gone, also after a start, and their segments are removed': within(
			async (_p, open) => {
				const first = await open();
				const ends = await fill(first, 0, 12);
				const before = first.stats().bytes;
				await first.release(ends[6]!);
				assert.ok(first.stats().bytes < before);
				assert.deepEqual(numbers(await all(first)), [7, 8, 9, 10, 11]);
				await first.close();
				const second = await open();
				assert.deepEqual(numbers(await all(second)), [7, 8, 9, 10, 11]);
				assert.deepEqual(second.head(), ends[6]);
			},
		),
		'positions rise for ever, also when everything was released': within(async (_p, open) => {
			let last: Position = { segment: 0, offset: 0 };
			for (let round = 0; round < 4; round++) {
				const spool = await open();
				for (const end of await fill(spool, 0, 5)) {
					assert.ok(end.segment > last.segment || (end.segment === last.segment && end.offset > last.offset));
					last = end;
				}
				await spool.release(last);
				assert.deepEqual(await all(spool), []);
				await spool.close();
			}
			const spool = await open({ after: { segment: 500, offset: 9 } });
			assert.equal((await fill(spool, 0, 1))[0]!.segment, 501);
		}),
		'a torn tail is cut, wherever it is torn': within(async (p, open) => {
			for (const keep of [1, 20, 40, 700]) {
				const spool = await open({ segmentBytes: 1 << 16 });
				const start = spool.tail();
				const [end] = await fill(spool, 1, 2);
				await spool.append({ kind: 1, batchId: id(2), payload: payload(2, 800) });
				await spool.close();
				await p.damage(end!.segment, 0, new Uint8Array(0), end!.offset + keep);
				const again = await open({ segmentBytes: 1 << 16 });
				assert.deepEqual(numbers(await again.read(start, 1 << 20)), [1]);
				assert.equal(again.stats().tornBytes, keep);
				await fill(again, 3, 4);
				assert.deepEqual(numbers(await again.read(start, 1 << 20)), [1, 3]);
				await again.close();
			}
		}),
		'a damaged record in the middle is skipped and counted with its place': within(async (p, open) => {
			for (const at of [0, 4, 8, 30, 36, 500]) {
				const spool = await open();
				await spool.release(spool.tail());
				const [first] = await fill(spool, 1, 2);
				await fill(spool, 2, 4);
				await spool.close();
				await p.damage(first!.segment, first!.offset + at, new Uint8Array([0xa5, 0x5a, 0xa5]));
				const again = await open();
				assert.deepEqual(numbers(await all(again)), [1, 3], `damage at ${at}`);
				await all(again);
				const { corruptRecords, corruptBytes, faults } = again.stats();
				assert.deepEqual([corruptRecords, corruptBytes], [1, 1036]);
				assert.deepEqual([faults[0]!.segment, faults[0]!.offset], [first!.segment, first!.offset]);
				await again.release(again.tail());
				await again.close();
			}
		}),
		'a full spool refuses, and takes again after a release': within(async (_p, open) => {
			const spool = await open({ maxBytes: 16384, segmentBytes: 2048 });
			const ends: Position[] = [];
			await assert.rejects(
				async () => {
					for (let n = 0; n < 100; n++) ends.push(...(await fill(spool, n, n + 1)));
				},
				{ code: 'CXR_SPOOL_FULL', name: 'SpoolFullError' },
			);
			assert.ok(ends.length >= 13, `${ends.length}`);
			assert.ok(spool.stats().bytes <= 16384);
			assert.equal(spool.stats().dropped.full, 1);
			await spool.release(ends.at(-1)!);
			await fill(spool, 50, 60);
			await assert.rejects(spool.append({ kind: 1, batchId: id(1), payload: new Uint8Array(17000) }), {
				code: 'CXR_SPOOL_TOO_LARGE',
			});
		}),
		'a record larger than a segment is kept whole': within(async (_p, open) => {
			const spool = await open();
			await fill(spool, 0, 1);
			await fill(spool, 1, 2, 600_000);
			await fill(spool, 2, 3);
			assert.deepEqual(numbers(await all(spool)), [0, 1, 2]);
			assert.deepEqual((await all(spool))[1]!.payload.length, 600_000);
		}),
		'a newer version is refused in words': within(async (p, open) => {
			const spool = await open();
			const [end] = await fill(spool, 0, 1);
			await spool.close();
			const { encodeSegmentHeader } = await import('./record.ts');
			const { crc32c } = await import('./crc32c.ts');
			const header = encodeSegmentHeader(end!.segment, 1);
			header[8] = 9;
			new DataView(header.buffer).setUint32(12, crc32c(header, 16, 32, crc32c(header, 0, 12)), true);
			await p.damage(end!.segment, 0, header);
			await assert.rejects(open(), { code: 'CXR_SPOOL_VERSION', message: /newer version.*format version 9/ });
		}),
		'a damaged release mark delivers again rather than lose': within(async (p, open) => {
			const spool = await open();
			const ends = await fill(spool, 0, 3);
			await spool.release(ends[0]!);
			await spool.close();
			const files = await p.reopen();
			await files.writeMark(new Uint8Array(32));
			await files.close();
			assert.deepEqual(numbers(await all(await open())), [0, 1, 2]);
		}),
		'many appends at once share few writes': within(async (_p, open) => {
			const spool = await open();
			const appends = Array.from({ length: 200 }, (_, n) =>
				spool.append({ kind: 1, batchId: id(n), payload: payload(n, 10) }),
			);
			await Promise.all(appends);
			assert.ok(spool.stats().syncs <= 3, `${spool.stats().syncs} syncs`);
			assert.equal(numbers(await all(spool)).length, 200);
		}),
		'a reader can wait for the next record': within(async (_p, open) => {
			const spool = await open();
			const waiting = spool.wait(spool.head());
			await fill(spool, 0, 1);
			await waiting;
			const aborted = new AbortController();
			const idle = spool.wait(spool.tail(), aborted.signal);
			aborted.abort();
			await idle;
		}),
	};
}

export const cases: Cases = spoolCases(async () => {
	const files = new MemorySegmentFiles();
	return {
		reopen: async () => files,
		async damage(sequence, offset, bytes, length) {
			const s = files.segments.get(sequence)!;
			if (length !== undefined) s.bytes = s.bytes.slice(0, length);
			s.bytes.set(bytes, offset);
		},
		dispose: async () => {},
	};
});
