import { findRecord, hex, readRecord, recordSize, type SpoolFault, type SpoolRecord } from './record.ts';
import type { SegmentFiles } from './segment-files.ts';

export interface ScanResult {
	records: SpoolRecord[];
	/** Damaged places between valid records. */
	faults: SpoolFault[];
	/** Offset after the last valid record: what follows is a torn tail. */
	end: number;
}

/** All valid records of a whole segment from byte `start` on. */
export function scanSegment(bytes: Uint8Array, start: number, segment: number): ScanResult {
	const result: ScanResult = { records: [], faults: [], end: Math.min(start, bytes.length) };
	let at = start;
	while (at < bytes.length) {
		const record = readRecord(bytes, at, segment, 0);
		if (record) {
			result.records.push(record);
			at = record.end.offset;
			result.end = at;
			continue;
		}
		const next = findRecord(bytes, at);
		if (next < 0) break;
		result.faults.push(damage(bytes, at, next, segment));
		at = next;
	}
	return result;
}

/** How much of a segment is read at first: most records are smaller. */
const WINDOW = 256 * 1024;

/**
 * Valid records of one segment from `from` until their bytes reach `maxBytes`, at least one when there is one.
 * `segment.bytes` bounds what is read: bytes after it are not durable yet.
 */
export async function readRecords(
	files: SegmentFiles,
	segment: { sequence: number; bytes: number },
	from: number,
	maxBytes: number,
): Promise<{ records: SpoolRecord[]; faults: SpoolFault[] }> {
	const { sequence, bytes: limit } = segment;
	const records: SpoolRecord[] = [];
	const faults: SpoolFault[] = [];
	let taken = 0;
	let base = from;
	let window: Uint8Array = new Uint8Array(0);
	let at = from;
	const load = async (offset: number, length: number) => {
		base = offset;
		window = await files.read(sequence, offset, Math.min(length, limit - offset));
	};
	while (at < limit && (taken < maxBytes || records.length === 0)) {
		const whole = base + window.length >= limit;
		let record = readRecord(window, at - base, sequence, base);
		if (!record && !whole) {
			const claimed = recordSize(window, at - base);
			await load(at, Math.max(WINDOW, claimed, Math.min(maxBytes - taken, 4 * 1024 * 1024)));
			record = readRecord(window, 0, sequence, base);
		}
		if (!record) {
			// Damage: the search needs everything up to the end of the segment.
			if (base > at || base + window.length < limit) await load(at, limit - at);
			record = readRecord(window, at - base, sequence, base);
			if (!record) {
				const next = findRecord(window, at - base);
				const end = next < 0 ? window.length : next;
				faults.push({ ...damage(window, at - base, end, sequence), offset: at });
				at = base + end;
				continue;
			}
		}
		records.push(record);
		taken += record.end.offset - record.position.offset;
		at = record.end.offset;
	}
	return { records, faults };
}

function damage(bytes: Uint8Array, at: number, end: number, segment: number): SpoolFault {
	return { segment, offset: at, bytes: end - at, reason: `no record in ${hex(bytes, at, at + 16)}` };
}
