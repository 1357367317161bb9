import type { ChunkSamples } from '../../core-as/facade/index.ts';
import { Random } from '../../core-as/testing/random.ts';

export const SAMPLES = 240;
const STEP_MS = 15_000;

/** How fast counters grow: a few a step as in small clusters, or anything from rare events to bytes of a network. */
export type Spread = 'mix' | 'wide';

/**
 * One hour of `series` series, a sample each 15 s: 50 % integer counters, 20 % gauges with two decimals, 10 % floats of
 * full precision, 20 % constants. Times lie on the grid, each series with an offset of its own.
 */
export function chunkData(series: number, spread: Spread): ChunkSamples {
	const random = new Random(42);
	const values = new Float64Array(series * SAMPLES);
	const timestamps = new Float64Array(series * SAMPLES);
	const sampleEnds = new Uint32Array(series);
	for (let i = 0; i < series; i++) {
		const offset = random.below(STEP_MS);
		const next = generator(random, i % 10, spread);
		for (let k = 0; k < SAMPLES; k++) {
			timestamps[i * SAMPLES + k] = offset + k * STEP_MS;
			values[i * SAMPLES + k] = next();
		}
		sampleEnds[i] = (i + 1) * SAMPLES;
	}
	return { timestamps, values, sampleEnds };
}

function generator(random: Random, kind: number, spread: Spread): () => number {
	if (kind < 5) {
		let count = random.below(1_000_000);
		// Mix: 0 to 2m a step, m from 0.5 to 31. Wide: 0.01/s to 10^6/s, times 15 s.
		const mean = spread === 'mix' ? 0.5 * 62 ** random.unit() : 0.15 * 10 ** (8 * random.unit());
		return () => {
			count += random.below(Math.floor(2 * mean) + 1);
			return count;
		};
	}
	if (kind < 7) {
		let cents = random.below(100_000);
		return () => {
			cents += random.below(121) - 60;
			return cents / 100;
		};
	}
	if (kind === 7) {
		const level = 10 ** (random.unit() * 6 - 3);
		return () => level * (1 + 0.05 * gaussian(random));
	}
	const constant = kind === 8 ? random.below(1_000_000) : random.unit() * 1000;
	return () => constant;
}

function gaussian(random: Random): number {
	return Math.sqrt(-2 * Math.log(1 - random.unit())) * Math.cos(2 * Math.PI * random.unit());
}
