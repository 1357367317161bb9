import { areTimes, isLineOfTimes } from './chunk';
import { FRAME } from './chunk-frame';
import { ABSENT, LINE } from './chunk-section';
import { decodeSection, lineBase, lineStep, readLine } from './chunk-section-decode';

// Chunks as rows of a matrix: column k of a row holds the sample whose time lies in [k * step, (k + 1) * step) after
// the start of the hour, the last one if there are several, and ABSENT if there is none.

/** Samples of one chunk that cannot go straight to its row. */
const times: usize = memory.data(8 * 256, 16);
const values: usize = memory.data(8 * 256, 16);

/**
 * Decodes a chunk of `count` samples into a row of `columns` f64; false when any field is wrong, then the row holds
 * nothing that counts. Writes up to 56 bytes behind the row.
 */
export function decodeRow(p: usize, end: usize, count: u32, step: u32, columns: u32, row: usize): bool {
	p += FRAME;
	if (p < end && (<u32>load<u8>(p) & 7) === LINE) {
		const middle = readLine(p, end);
		if (middle === 0) return false;
		const first = lineBase;
		if (!isLineOfTimes(count)) return false;
		if (lineStep === <f64>step || count === 1) {
			const column = floor(first / <f64>step);
			if (column + <f64>count <= <f64>columns) {
				const begin = <u32>column;
				const to = row + ((<usize>begin) << 3);
				if (decodeSection(middle, end, count, to) !== end) return false;
				fillAbsent(row, to);
				fillAbsent(to + ((<usize>count) << 3), row + ((<usize>columns) << 3));
				return true;
			}
		}
	}
	const middle = decodeSection(p, end, count, times);
	if (middle === 0 || !areTimes(times, count)) return false;
	if (decodeSection(middle, end, count, values) !== end) return false;
	fillAbsent(row, row + ((<usize>columns) << 3));
	for (let i: usize = 0; i < <usize>count; i++) {
		const column = floor(load<f64>(times + (i << 3)) / <f64>step);
		const bits = load<u64>(values + (i << 3));
		if (column < <f64>columns && bits !== ABSENT) store<u64>(row + ((<usize>column) << 3), bits);
	}
	return true;
}

/** Makes the f64 in [from, end) absent. */
export function fillAbsent(from: usize, end: usize): void {
	for (; from < end; from += 8) store<u64>(from, ABSENT);
}
