import { describe, expect, test } from 'vitest';
import { BlobAnswer } from './blob-answer.ts';
import { RowBinary } from './row-binary.ts';

const END = 0xffffffff;
const LENGTHS = [0, 1, 127, 128, 300, 16_383, 16_384, 40_000];

/** Rows (i, i * 7) with blobs of every length, and their end. */
function answer(): Uint8Array {
	const rows = new RowBinary(16);
	for (const [i, length] of LENGTHS.entries())
		rows
			.u32(i)
			.u32(i * 7)
			.bytes(new Uint8Array(length).fill(i));
	return rows.u32(END).u32(END).text('').written();
}

function read(bytes: Uint8Array, step: number): ReturnType<BlobAnswer['rows']> {
	const out = new BlobAnswer(2);
	// Each in a buffer that is used again, as the network's are.
	const buffer = new Uint8Array(step);
	for (let at = 0; at < bytes.length; at += step) {
		const part = bytes.subarray(at, at + step);
		buffer.set(part);
		out.take(buffer.subarray(0, part.length));
	}
	return out.rows();
}

describe('an answer in RowBinary', () => {
	test.each([1, 2, 3, 7, 64, 4096, 1 << 20])('comes in pieces of %i bytes', (step) => {
		const { columns, data, ends } = read(answer(), step);
		expect([...columns[0]!]).toEqual(LENGTHS.map((_, i) => i));
		expect([...columns[1]!]).toEqual(LENGTHS.map((_, i) => i * 7));
		for (const [i, length] of LENGTHS.entries()) {
			const blob = data.subarray(i === 0 ? 0 : ends[i - 1]!, ends[i]!);
			expect(blob.length).toBe(length);
			expect(blob.every((byte) => byte === i)).toBe(true);
		}
	});

	test('is refused wherever it is cut', () => {
		const bytes = answer();
		for (let length = 0; length < bytes.length; length += length < 700 ? 1 : 997)
			expect(() => read(bytes.subarray(0, length), 4096), `${length}`).toThrow(/cut/);
		expect(() => read(bytes.subarray(0, -1), 4096)).toThrow(/cut/);
	});

	test('is refused with words behind its rows', () => {
		const words = new TextEncoder().encode('Code: 241. DB::Exception: Memory limit exceeded');
		const bytes = answer();
		for (const rows of [bytes, bytes.subarray(0, -9), bytes.subarray(0, 50), new Uint8Array(0)]) {
			const both = new Uint8Array(rows.length + words.length);
			both.set(rows);
			both.set(words, rows.length);
			expect(() => read(both, 4096)).toThrow(/cut/);
		}
	});

	test('holds many rows', () => {
		const rows = new RowBinary();
		for (let i = 0; i < 5000; i++) rows.u32(i).u32(i).text(`${i}`);
		const { columns, ends } = read(rows.u32(END).u32(END).text('').written(), 1000);
		expect(columns[1]!.length).toBe(5000);
		expect(columns[1]![4999]).toBe(4999);
		expect(ends[4999]).toBe(10 + 90 * 2 + 900 * 3 + 4000 * 4);
	});
});
