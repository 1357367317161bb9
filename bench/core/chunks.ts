import type { CoreModules } from '../../core-as/facade/component.ts';
import { type ChunkCodec, type ChunkSamples, createChunkCodec } from '../../core-as/facade/index.ts';
import type { Measured } from '../rows.ts';
import { chunkData, SAMPLES, type Spread } from './chunk-data.ts';
import { compare, sumOf } from './clock.ts';
import { goYardstick } from './go-yardstick.ts';
import { decodePlainChunks } from './plain-chunks.ts';

const SERIES = 2_000;
const STEP_MS = 15_000;
/** Chunks a call: the matrix of one call, 491 kB, stays in the cache of a core. */
const CALL = 256;

interface Figures {
	bytes: number;
	encode: number;
	decode: number;
	matrix: number;
	plain: number;
	/** Prometheus's XOR chunks on the same samples. */
	prometheus: string;
}

/** Bytes a sample with times, frames and checksums; million samples a second through the component. */
function measure(codec: ChunkCodec, spread: Spread): Figures {
	const data = chunkData(SERIES, spread);
	const calls: ChunkSamples[] = [];
	for (let from = 0; from < SERIES; from += CALL) {
		const to = Math.min(SERIES, from + CALL);
		calls.push({
			timestamps: data.timestamps.subarray(from * SAMPLES, to * SAMPLES),
			values: data.values.subarray(from * SAMPLES, to * SAMPLES),
			sampleEnds: data.sampleEnds.slice(0, to - from),
		});
	}
	const packed = calls.map((samples) => codec.encode(samples));
	const grid = { step: STEP_MS, columns: SAMPLES };
	const matrix = new Float64Array(CALL * SAMPLES);
	calls.forEach((samples, i) => {
		const { data: bytes, ends } = packed[i]!;
		const { values, refused } = codec.decodeMatrix({ data: bytes, ends }, grid);
		const plainRefused = decodePlainChunks(bytes, ends, STEP_MS, SAMPLES, matrix);
		const same = [values, matrix.subarray(0, values.length), codec.decode(packed[i]!).samples.values].every(
			(it) => it.every((value, k) => Object.is(value, samples.values[k])),
		);
		if (!same || refused.length + plainRefused > 0) throw new Error(`BUG: the readers differ in call ${i}`);
	});
	const micros = compare([
		{ name: 'encode', run: () => sumOf(calls, (it) => codec.encode(it).ends.length) },
		{ name: 'decode', run: () => sumOf(packed, (it) => codec.decode(it).refused.length) },
		{ name: 'matrix', run: () => sumOf(packed, (it) => codec.decodeMatrix(it, grid).refused.length) },
		{
			name: 'plain',
			run: () => sumOf(packed, (it) => decodePlainChunks(it.data, it.ends, STEP_MS, SAMPLES, matrix)),
		},
	]);
	const samples = SERIES * SAMPLES;
	const pairs = new Float64Array(2 * samples);
	for (let i = 0; i < samples; i++) {
		pairs[2 * i] = data.timestamps[i]!;
		pairs[2 * i + 1] = data.values[i]!;
	}
	const go = goYardstick<{ bytes: number; encode: number; decode: number }>('chunks', [
		new Uint8Array(pairs.buffer),
	]);
	const rate = (name: string) => samples / micros[name]!;
	return {
		bytes: packed.reduce((sum, it) => sum + it.data.length, 0) / samples,
		encode: rate('encode'),
		decode: rate('decode'),
		matrix: rate('matrix'),
		plain: rate('plain'),
		prometheus: go
			? `${(go.bytes / samples).toFixed(2)} B, ${(samples / go.encode).toFixed(0)} / ${(samples / go.decode).toFixed(0)} M/s`
			: 'skipped',
	};
}

export function measureChunks(modules: CoreModules): { row: Measured; notes: string[] } {
	const codec = createChunkCodec(modules);
	const mix = measure(codec, 'mix');
	const wide = measure(codec, 'wide');
	const both = (read: (it: Figures) => number, digits: number) =>
		`${read(mix).toFixed(digits)}, ${read(wide).toFixed(digits)}`;
	const least = (read: (it: Figures) => number) => Math.min(read(mix), read(wide));
	const ratio = (it: Figures) => it.matrix / it.plain;
	return {
		row: {
			ours: `${both((it) => it.bytes, 3)} B; encode ${both((it) => it.encode, 0)}; decode ${both((it) => it.matrix, 0)} M/s`,
			rival: `plain JS ${both((it) => it.plain, 0)} M/s; Prometheus ${mix.prometheus}, ${wide.prometheus}; parent 3.0 B lossy`,
			ratio: `${both(ratio, 1)}x`,
			ok:
				mix.bytes <= 1.1 &&
				wide.bytes <= 1.65 &&
				least((it) => it.encode) >= 140 &&
				least((it) => it.matrix) >= 600 &&
				least(ratio) >= 4,
		},
		notes: [
			`chunks: mix, wide; ${SERIES} series, ${CALL} chunks a call, times and checksums included`,
			`chunks decoded to columns with their times ${both((it) => it.decode, 0)} M/s`,
		],
	};
}
