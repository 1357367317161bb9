import { expect, test } from 'vitest';
import { createChunkCodec } from '../../../core-as/facade/index.ts';
import { builtModules } from '../../../core-as/testing/modules.ts';
import type { ChunkRows } from './chunk-table.ts';
import { mergeRows } from './row-merge.ts';

const codec = createChunkCodec(await builtModules());

interface Row {
	sid: number;
	hour: number;
	version: number;
	times: number[];
	values: number[];
}

function rowsOf(list: Row[]): ChunkRows {
	let end = 0;
	const packed = codec.encode({
		timestamps: Float64Array.from(list.flatMap((it) => it.times)),
		values: Float64Array.from(list.flatMap((it) => it.values)),
		sampleEnds: Uint32Array.from(list, (it) => {
			end += it.times.length;
			return end;
		}),
	});
	return {
		...packed,
		sids: Uint32Array.from(list, (it) => it.sid),
		hours: Uint32Array.from(list, (it) => it.hour),
		versions: Float64Array.from(list, (it) => it.version),
		kinds: new Uint8Array(list.length),
	};
}

function listOf(rows: ChunkRows): Row[] {
	const { samples } = codec.decode(rows);
	return Array.from(rows.sids, (sid, i) => {
		const [from, to] = [i === 0 ? 0 : samples.sampleEnds[i - 1]!, samples.sampleEnds[i]!];
		return {
			sid,
			hour: rows.hours[i]!,
			version: rows.versions[i]!,
			times: [...samples.timestamps.subarray(from, to)],
			values: [...samples.values.subarray(from, to)],
		};
	});
}

test('chunks of one series and hour become one, of the highest version', () => {
	const { merged, refused } = mergeRows(
		rowsOf([
			{ sid: 1, hour: 5, version: 2, times: [0, 10], values: [1, 2] },
			{ sid: 1, hour: 5, version: 3, times: [10, 20], values: [3, 4] },
			{ sid: 1, hour: 6, version: 3, times: [0], values: [5] },
			{ sid: 4, hour: 5, version: 1, times: [0], values: [6] },
		]),
		codec,
	);
	expect(refused).toBe(0);
	expect(listOf(merged)).toEqual([
		{ sid: 1, hour: 5, version: 3, times: [0, 10, 20], values: [1, 3, 4] },
		{ sid: 1, hour: 6, version: 3, times: [0], values: [5] },
		{ sid: 4, hour: 5, version: 3, times: [0], values: [6] },
	]);
});

test('more chunks than one call takes', () => {
	const list = Array.from({ length: 20_000 }, (_, i): Row => {
		return { sid: i >> 1, hour: 5, version: 1 + (i & 1), times: [i & 1], values: [i] };
	});
	const { merged } = mergeRows(rowsOf(list), codec);
	expect(merged.sids.length).toBe(10_000);
	expect(listOf(merged).slice(8000)).toEqual(
		Array.from({ length: 2000 }, (_, k) => {
			const sid = k + 8000;
			return { sid, hour: 5, version: 2, times: [0, 1], values: [2 * sid, 2 * sid + 1] };
		}),
	);
});

test('a series of too many chunks keeps them and their versions; its neighbours are merged', () => {
	const many = Array.from({ length: 4097 }, (_, i): Row => {
		return { sid: 2, hour: 5, version: i, times: [7], values: [i] };
	});
	const pair = (sid: number): Row[] => [
		{ sid, hour: 5, version: 1, times: [1], values: [1] },
		{ sid, hour: 5, version: 2, times: [2], values: [2] },
	];
	const { merged } = mergeRows(rowsOf([...pair(1), ...many, ...pair(3)]), codec);
	const whole = (sid: number) => ({ sid, hour: 5, version: 4096, times: [1, 2], values: [1, 2] });
	expect(listOf(merged)).toEqual([whole(1), ...many, whole(3)]);
});

test('a damaged chunk is counted and left out', () => {
	const rows = rowsOf([
		{ sid: 1, hour: 5, version: 1, times: [0], values: [1] },
		{ sid: 1, hour: 5, version: 2, times: [1], values: [2] },
		{ sid: 2, hour: 5, version: 2, times: [1], values: [3] },
	]);
	rows.data[rows.ends[0]! + 2]! ^= 1;
	rows.data[rows.ends[1]! + 2]! ^= 1;
	const { merged, refused } = mergeRows(rows, codec);
	expect(refused).toBe(2);
	expect(listOf(merged)).toEqual([{ sid: 1, hour: 5, version: 2, times: [0], values: [1] }]);
});
