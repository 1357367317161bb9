import { DATA_LENGTH, DATA_START, randomSeries, type WireSeries } from './promql-data.ts';
import { RandomQuery } from './promql-queries.ts';
import { Random } from './random.ts';

/** One question, as test/oracles/promql takes it. */
export interface PromqlCase {
	/** Name of the series. */
	on: string;
	query: string;
	/** ms; `step` is 0 for an instant query at `start`. */
	start: number;
	end: number;
	step: number;
	lookback: number;
	options: { functions?: boolean; fill?: boolean; delayedNameRemoval?: boolean };
}

export interface PromqlCases {
	data: Map<string, WireSeries[]>;
	cases: PromqlCase[];
}

/** Random questions over random series; the same seed gives the same ones. */
export function randomCases(seed: number, count: number, perData = 100): PromqlCases {
	const random = new Random(seed);
	const queries = new RandomQuery(random);
	const data = new Map<string, WireSeries[]>();
	const cases: PromqlCase[] = [];
	for (let i = 0; i < count; i++) {
		const on = `data-${seed}-${Math.floor(i / perData)}`;
		if (!data.has(on)) data.set(on, randomSeries(random));
		const instant = random.chance(0.4);
		const start = DATA_START + random.below(DATA_LENGTH) + random.pick([0, -60_000, 0.5 * DATA_LENGTH]);
		const step = random.pick([15_000, 30_000, 60_000, 60_000, 17_000, 300_000]);
		cases.push({
			on,
			query: queries.any(instant),
			start: Math.round(start / 1000) * 1000 + random.pick([0, 0, 500]),
			end: Math.round(start / 1000) * 1000 + random.below(900_000),
			step: instant ? 0 : step,
			lookback: random.pick([300_000, 300_000, 60_000]),
			options: { functions: true, fill: true, ...(random.chance(0.15) && { delayedNameRemoval: true }) },
		});
		const last = cases.at(-1)!;
		if (last.end < last.start) last.end = last.start;
	}
	return { data, cases };
}
