import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases as nodeCases } from '../../hosts/node/segments/node-segment-files.contract.ts';
import { MemorySegmentFiles } from './memory-segment-files.ts';
import { encodeRecordHeader, encodeSegmentHeader, SEGMENT_HEADER } from './record.ts';
import { scanSegment } from './segment-scan.ts';
import { cases, id } from './spool.contract.ts';
import { Spool } from './spool.ts';

const NOW = 1_790_000_000_000;
const clock = { now: () => NOW, sleep: async () => {} };

describe('spool in memory', () => {
	for (const [name, run] of Object.entries(cases)) it(name, run);
});
describe('spool in a folder', () => {
	for (const [name, run] of Object.entries(nodeCases)) it(name, run);
});

describe('layout', () => {
	it('has golden bytes', () => {
		const hex = (b: Uint8Array) => Buffer.from(b).toString('hex');
		expect(hex(encodeSegmentHeader(3, NOW))).toBe(
			`${Buffer.from('CXRSPOOL').toString('hex')}01002000${hex(encodeSegmentHeader(3, NOW)).slice(24, 32)}` +
				'030000000000000000dc0dc4a0010000'.replace('00dc0dc4a0010000', leHex(NOW)),
		);
		const header = encodeRecordHeader(
			{ kind: 1, batchId: id(5), payload: new Uint8Array([1, 2, 3]), sourceState: new Uint8Array([9]) },
			NOW,
		);
		expect(hex(header)).toBe(
			`04000000${hex(header).slice(8, 16)}01000100${leHex(NOW)}00000005${'00'.repeat(12)}`,
		);
	});
});

function leHex(n: number): string {
	const b = Buffer.alloc(8);
	b.writeBigUInt64LE(BigInt(n));
	return b.toString('hex');
}

function segmentOf(payloads: Uint8Array[]): Uint8Array {
	const parts: Uint8Array[] = [encodeSegmentHeader(1, NOW)];
	for (const [n, p] of payloads.entries()) {
		parts.push(encodeRecordHeader({ kind: 1, batchId: id(n), payload: p }, NOW), p);
	}
	return Buffer.concat(parts);
}

describe('fuzz', () => {
	it('mutated segments never throw, never invent a record, and keep every record that was not touched', () => {
		const payloads = fc.array(fc.uint8Array({ minLength: 0, maxLength: 300 }), {
			minLength: 1,
			maxLength: 12,
		});
		const mutations = fc.array(fc.tuple(fc.nat(100_000), fc.nat(255), fc.integer({ min: 1, max: 9 })), {
			maxLength: 6,
		});
		fc.assert(
			fc.property(payloads, mutations, fc.nat(100_000), fc.boolean(), (list, changes, cutAt, cut) => {
				const clean = segmentOf(list);
				const whole = scanSegment(clean, SEGMENT_HEADER, 1);
				expect(whole.records.length).toBe(list.length);
				const bytes = Uint8Array.from(clean).slice(0, cut ? cutAt % (clean.length + 1) : undefined);
				for (const [at, value, length] of changes) {
					for (let i = 0; i < length; i++) bytes[(at + i) % bytes.length] = (value + i * 7) & 0xff;
				}
				const scan = scanSegment(bytes, SEGMENT_HEADER, 1);
				const untouched = whole.records.filter((r) => {
					for (let i = r.position.offset; i < r.end.offset; i++) if (bytes[i] !== clean[i]) return false;
					return true;
				});
				const found = new Map(scan.records.map((r) => [r.position.offset, r]));
				for (const r of untouched) {
					expect(Buffer.from(found.get(r.position.offset)!.payload).equals(Buffer.from(r.payload))).toBe(
						true,
					);
				}
				expect(scan.records.length).toBe(untouched.length);
			}),
			{ numRuns: 1500 },
		);
	});

	it('a spool of mutated segments opens, reads to its end, and gives only records that were written', async () => {
		const mutation = fc.record({
			segment: fc.nat(5),
			at: fc.nat(2500),
			bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }),
			cut: fc.boolean(),
		});
		await fc.assert(
			fc.asyncProperty(fc.array(mutation, { maxLength: 5 }), fc.boolean(), async (mutations, hurtMark) => {
				const files = new MemorySegmentFiles();
				const options = { files, name: 't', maxBytes: 1 << 20, segmentBytes: 2000, clock };
				const spool = await Spool.open(options);
				const ends = [];
				for (let n = 0; n < 15; n++) {
					const payload = new Uint8Array(300 + n * 20).fill(n);
					ends.push(await spool.append({ kind: 1, batchId: id(n), payload }));
				}
				await spool.release(ends[2]!);
				const sequences = [...files.segments.keys()];
				for (const m of mutations) {
					const segment = files.segments.get(sequences[m.segment % sequences.length]!)!;
					const at = m.at % segment.bytes.length;
					if (m.cut) segment.bytes = segment.bytes.slice(0, at);
					else segment.bytes.set(m.bytes.subarray(0, segment.bytes.length - at), at);
					if (segment.bytes.length === 0) segment.bytes = new Uint8Array(1);
				}
				if (hurtMark) files.mark = files.mark!.map((b, i) => (i === 20 ? b ^ 1 : b));
				const again = await Spool.open(options);
				let at = again.head();
				let last = -1;
				for (;;) {
					const records = await again.read(at, 1000);
					if (records.length === 0) break;
					for (const r of records) {
						const n = r.batchId[3]!;
						expect(n).toBeGreaterThan(last);
						expect(r.payload.length).toBe(300 + n * 20);
						expect(r.payload.every((b) => b === n)).toBe(true);
						last = n;
					}
					at = records.at(-1)!.end;
				}
				const end = await again.append({ kind: 1, batchId: id(99), payload: new Uint8Array(9) });
				const tail = await again.read(at, 1);
				expect(tail.at(-1)?.batchId[3]).toBe(99);
				await again.release(end);
				expect(await again.read(again.head(), 1)).toEqual([]);
			}),
			{ numRuns: 400 },
		);
	});

	it('random bytes hold no record', () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 4000 }), (bytes) => {
				expect(scanSegment(bytes, 0, 1).records).toEqual([]);
			}),
			{ numRuns: 500 },
		);
	});
});

describe('power cuts and broken disks', () => {
	it('keeps what was acknowledged at every cut', async () => {
		for (const keep of [0, 0.3, 0.9, 1]) {
			const files = new MemorySegmentFiles();
			const spool = await Spool.open({ files, name: 't', maxBytes: 1 << 20, segmentBytes: 2000, clock });
			for (let n = 0; n < 10; n++) {
				await spool.append({ kind: 1, batchId: id(n), payload: new Uint8Array(400) });
			}
			files.fault = (operation) => {
				if (operation === 'sync') throw new Error('power');
			};
			await expect(
				spool.append({ kind: 1, batchId: id(99), payload: new Uint8Array(400) }),
			).rejects.toMatchObject({ code: 'CXR_SPOOL_WRITE' });
			files.fault = null;
			files.cutPower(keep);
			const again = await Spool.open({ files, name: 't', maxBytes: 1 << 20, segmentBytes: 2000, clock });
			const records = await again.read(again.head(), 1 << 20);
			expect(records.length).toBe(10);
		}
	});

	it('goes on after a failed write, and counts it', async () => {
		const files = new MemorySegmentFiles();
		const spool = await Spool.open({ files, name: 't', maxBytes: 1 << 20, clock });
		await spool.append({ kind: 1, batchId: id(0), payload: new Uint8Array(40) });
		files.fault = (operation) => {
			if (operation === 'append') throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
		};
		await expect(
			spool.append({ kind: 1, batchId: id(1), payload: new Uint8Array(40) }),
		).rejects.toMatchObject({
			code: 'CXR_SPOOL_FULL',
		});
		files.fault = null;
		await spool.append({ kind: 1, batchId: id(2), payload: new Uint8Array(40) });
		const records = await spool.read(spool.head(), 1 << 20);
		expect(records.map((r) => r.batchId[3])).toEqual([0, 2]);
		expect(spool.stats()).toMatchObject({ received: 2, errors: 1, dropped: { 'disk full': 1 } });
	});
});
