import { labelsOf, type SeriesBody, STALE } from './series-body.ts';
import { malformed } from './source-calls.ts';

const PATH = '/api/v1/query';
/** A series counts as ended after so many scrape intervals without a sample. */
const STALE_INTERVALS = 2.5;
/** What is assumed where an answer holds no two samples of one series. */
const DEFAULT_INTERVAL_MS = 60_000;

/**
 * Reads the answer to an instant query over a range selector: `{resultType: 'matrix', result: [{metric, values}]}`.
 * Samples lie in [from, to]; `to` is also the end of what the source knows. Stale markers are not in such an answer, so
 * a gap over 2.5 scrape intervals gets one, an interval after the sample before it. Throws CXR_SOURCE_MALFORMED.
 */
export function readRangeVectors(data: unknown, body: SeriesBody, from: number, to: number): void {
	const { resultType, result } = (data ?? {}) as Record<string, unknown>;
	if (resultType !== 'matrix' || !Array.isArray(result))
		throw malformed(PATH, `result of type ${JSON.stringify(resultType)}, a matrix was asked for`);
	const series = result.map((each: unknown, i) => read(each, i, from, to));
	const usual = median(series.flatMap(({ interval }) => (interval === null ? [] : [interval])));
	for (const { labels, times, values, interval } of series) {
		const step = interval ?? usual ?? DEFAULT_INTERVAL_MS;
		for (let i = 0; i < times.length; i++) {
			const time = times[i]!;
			body.sample(time, values[i]!);
			if ((times[i + 1] ?? to) - time > STALE_INTERVALS * step) body.sample(time + step, STALE);
		}
		body.close(labels);
	}
}

interface RangeVector {
	labels: Readonly<Record<string, string>>;
	times: number[];
	values: number[];
	/** The usual distance of its samples, ms. */
	interval: number | null;
}

function read(value: unknown, index: number, from: number, to: number): RangeVector {
	const { metric, values } = (value ?? {}) as Record<string, unknown>;
	const labels = labelsOf(metric);
	// Series with native histograms alone have no values; they are not in what this way can copy.
	if (!labels || !(values === undefined || Array.isArray(values)))
		throw malformed(PATH, `series ${index} has no metric and values`);
	const out: RangeVector = { labels, times: [], values: [], interval: null };
	const steps: number[] = [];
	for (const [i, pair] of ((values ?? []) as unknown[]).entries()) {
		const [seconds, text] = Array.isArray(pair) ? (pair as unknown[]) : [];
		const number = typeof text === 'string' ? numberOf(text) : undefined;
		const time = typeof seconds === 'number' ? Math.round(seconds * 1000) : Number.NaN;
		if (number === undefined || !Number.isSafeInteger(time))
			throw malformed(PATH, `series ${index}, sample ${i}: ${JSON.stringify(pair)?.slice(0, 80)}`);
		const before = out.times.at(-1);
		if (time < from || time > to || (before !== undefined && time <= before)) continue;
		if (before !== undefined) steps.push(time - before);
		out.times.push(time);
		out.values.push(number);
	}
	out.interval = median(steps);
	return out;
}

function numberOf(text: string): number | undefined {
	if (text === '+Inf' || text === 'Inf') return Number.POSITIVE_INFINITY;
	if (text === '-Inf') return Number.NEGATIVE_INFINITY;
	if (text === 'NaN') return Number.NaN;
	if (text.trim() === '') return undefined;
	const number = Number(text);
	return Number.isNaN(number) ? undefined : number;
}

function median(numbers: number[]): number | null {
	if (numbers.length === 0) return null;
	return numbers.sort((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)]!;
}
