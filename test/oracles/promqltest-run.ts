import { Engine, type QueryResult } from '../../app/promql/engine.ts';
import { QueryError } from '../../app/promql/errors.ts';
import { columnsOfHistograms, HistogramReader } from '../../app/promql/histograms/columns.ts';
import { type Histogram, sameBounds, sameIndexes } from '../../app/promql/histograms/histogram.ts';
import { compact } from '../../app/promql/histograms/zero-bucket.ts';
import { compareLabels, signatureOf } from '../../app/promql/labels/label-set.ts';
import { type MemorySeries, MemorySource } from '../../app/promql/memory-source.ts';
import { parseFloatText } from '../../app/promql/parser/number.ts';
import { ParseError } from '../../app/promql/parser/parse-error.ts';
import { type Labels, METRIC_NAME } from '../../app/telemetry/labels.ts';
import type { SeriesColumns } from '../../app/telemetry/series.ts';
import { toColumn, toWire, type WireNumber } from './promql-data.ts';
import type { Command, DescribedSeries, Evaluation, Load, SequenceValue } from './promqltest-file.ts';
import { customHistogram, storedHint } from './promqltest-histogram.ts';

export interface Outcome {
	passed: number;
	/** Evaluations left out, by why. */
	skipped: Map<string, number>;
	/** What came out otherwise, in words. */
	failed: string[];
}

/** Prometheus's own bound for these files. */
const EPSILON = 1e-6;

/** Runs a file's commands against our engine. */
export async function runTestFile(commands: readonly Command[]): Promise<Outcome> {
	const outcome: Outcome = { passed: 0, skipped: new Map(), failed: [] };
	const storage = new Storage();
	for (const command of commands) {
		if (command.kind === 'clear') storage.clear();
		else if (command.kind === 'load') storage.load(command);
		else {
			const why = whySkip(command.query);
			if (why !== undefined) {
				outcome.skipped.set(why, (outcome.skipped.get(why) ?? 0) + 1);
				continue;
			}
			const wrong = await evaluate(command, storage.source());
			if (wrong === undefined) outcome.passed++;
			else outcome.failed.push(`line ${command.line}: ${command.query}\n  ${wrong}`);
		}
	}
	return outcome;
}

function whySkip(query: string): string | undefined {
	if (/start_timestamp/.test(query)) return 'start timestamps';
	return /count_values\("[^"]*\\x[89a-f]/.test(query) ? 'text that is no UTF-8' : undefined;
}

class Storage {
	readonly #series = new Map<string, { labels: Labels; samples: Map<number, SequenceValue> }>();

	clear(): void {
		this.#series.clear();
	}

	load({ step, withNative, series }: Load): void {
		for (const { labels, values } of series) {
			for (const [i, value] of values.entries()) this.#add(labels, i * step, value);
		}
		if (withNative) this.#addNative(series, step);
	}

	#add(labels: Labels, time: number, value: SequenceValue): void {
		const key = signatureOf(labels);
		const known = this.#series.get(key) ?? { labels, samples: new Map<number, SequenceValue>() };
		this.#series.set(key, known);
		if (value !== undefined) known.samples.set(time, value);
	}

	/** Classic histograms as native ones with custom bounds. */
	#addNative(series: readonly DescribedSeries[], step: number): void {
		const found = new Map<string, { labels: Labels; parts: Map<number, ClassicParts> }>();
		for (const { labels, values } of series) {
			const [, name, suffix] = /^(.*)_(bucket|count|sum)$/.exec(labels[METRIC_NAME] ?? '') ?? [];
			if (name === undefined) continue;
			const { le, ...rest } = labels;
			const bound = suffix === 'bucket' ? parseFloatText(le ?? '') : 0;
			if (bound === undefined || Number.isNaN(bound)) continue;
			const base = { ...rest, [METRIC_NAME]: name };
			const one = found.get(signatureOf(base)) ?? { labels: base, parts: new Map<number, ClassicParts>() };
			found.set(signatureOf(base), one);
			for (const [i, value] of values.entries()) {
				if (typeof value !== 'number') continue;
				const parts = one.parts.get(i) ?? { buckets: new Map<number, number>(), sum: 0 };
				one.parts.set(i, parts);
				if (suffix === 'bucket') parts.buckets.set(bound, value);
				else parts[suffix as 'count' | 'sum'] = value;
			}
		}
		for (const { labels, parts } of found.values()) {
			for (const [i, { buckets, count, sum }] of parts) {
				const histogram = customHistogram(buckets, count, sum);
				this.#add(labels, i * step, { histogram, hinted: false });
			}
		}
	}

	source(): MemorySource {
		const sorted = [...this.#series.values()].sort((a, b) => compareLabels(a.labels, b.labels));
		return new MemorySource(sorted.map(({ labels, samples }) => seriesOf(labels, samples)));
	}
}

interface ClassicParts {
	buckets: Map<number, number>;
	count?: number;
	sum: number;
}

function seriesOf(labels: Labels, samples: ReadonlyMap<number, SequenceValue>): MemorySeries {
	const times: number[] = [];
	const values: WireNumber[] = [];
	const histogramTimes: number[] = [];
	const histograms: Histogram[] = [];
	let before: Histogram | undefined;
	for (const time of [...samples.keys()].sort((a, b) => a - b)) {
		const value = samples.get(time)!;
		if (typeof value === 'object') {
			histogramTimes.push(time);
			histograms.push(storedHint(value.histogram, before));
			before = value.histogram;
		} else {
			times.push(time);
			values.push(value === 'stale' ? value : toWire(value));
			before = undefined;
		}
	}
	const ends = Uint32Array.of(histograms.length);
	return {
		labels,
		timestamps: Float64Array.from(times),
		values: toColumn(values),
		histograms: columnsOfHistograms(ends, Float64Array.from(histogramTimes), histograms),
	};
}

async function evaluate(e: Evaluation, source: MemorySource): Promise<string | undefined> {
	const engine = new Engine({ experimentalFunctions: true, fillModifiers: true, delayedNameRemoval: true });
	const fails = e.expectations.find(({ what }) => what === 'fail');
	let result: QueryResult;
	try {
		result =
			e.step === 0 ? await engine.instant(source, e.query, e.start) : await engine.range(source, e.query, e);
	} catch (error) {
		if (!(error instanceof ParseError || error instanceof QueryError)) throw error;
		if (!fails) return `failed: ${error.message}`;
		return fits(fails.match, [error.message], true) ? undefined : `another error: ${error.message}`;
	}
	if (fails) return 'no error';
	return annotationsWrong(e, result) ?? resultWrong(e, result);
}

function fits(match: string | RegExp | undefined, texts: string[], part = false): boolean {
	if (match === undefined) return texts.length > 0;
	if (typeof match !== 'string') return texts.some((text) => match.test(text));
	return texts.some((text) => text === match || (part && text.includes(match)));
}

function annotationsWrong(
	{ expectations }: Evaluation,
	{ warnings, infos }: QueryResult,
): string | undefined {
	for (const { what, match } of expectations) {
		const texts = what.endsWith('warn') ? warnings : infos;
		const wanted = !what.startsWith('no_');
		if (fits(match, texts) !== wanted) return `expected ${what} ${match ?? ''}, got ${JSON.stringify(texts)}`;
	}
	return undefined;
}

function resultWrong(e: Evaluation, result: QueryResult): string | undefined {
	if (result.type === 'string') return result.value === e.string ? undefined : `string ${result.value}`;
	if (result.type === 'scalar') return close(result.value, e.scalar) ? undefined : `scalar ${result.value}`;
	const found = result.series;
	const { series } = found;
	const wanted = e.scalar === undefined ? e.series : [{ labels: {}, values: [e.scalar] }];
	const full = wanted.filter((s) => s.values.some((v) => v !== undefined));
	if (full.length !== series.length)
		return `${series.length} series, not ${full.length}: ${JSON.stringify(series)}`;
	const times = e.matrix ?? { start: e.start, step: Math.max(1, e.step) };
	for (const [i, { labels, values: expected }] of full.entries()) {
		const at = e.ordered ? i : series.findIndex((l) => compareLabels(l, labels) === 0);
		if (at < 0 || compareLabels(series[at]!, labels) !== 0)
			return `no ${JSON.stringify(labels)} in ${JSON.stringify(series)}`;
		const samples = samplesOf(found, at);
		for (const [j, value] of expected.entries()) {
			const time = times.start + j * times.step;
			const ours = samples.get(time);
			if (value === undefined ? ours !== undefined : ours === undefined || !fitsValue(ours, value)) {
				return `${JSON.stringify(labels)} at ${time}: ${textOf(ours)}, not ${textOf(value)}`;
			}
			samples.delete(time);
		}
		if (samples.size > 0) return `${JSON.stringify(labels)} has more: ${[...samples.keys()]}`;
	}
	return undefined;
}

/** Samples of both kinds by their times. */
function samplesOf(
	{ ends, timestamps, values, histograms }: SeriesColumns,
	row: number,
): Map<number, number | Histogram> {
	const out = new Map<number, number | Histogram>();
	for (let i = row === 0 ? 0 : ends[row - 1]!; i < ends[row]!; i++) out.set(timestamps[i]!, values[i]!);
	if (!histograms) return out;
	const reader = new HistogramReader(histograms);
	for (let i = row === 0 ? 0 : histograms.ends[row - 1]!; i < histograms.ends[row]!; i++)
		out.set(histograms.timestamps[i]!, reader.at(i));
	return out;
}

function textOf(value: number | Histogram | SequenceValue): string {
	return JSON.stringify(value, (_, x) => (ArrayBuffer.isView(x) ? [...(x as Float64Array)] : x));
}

function fitsValue(ours: number | Histogram, value: SequenceValue): boolean {
	if (typeof value !== 'object') return typeof ours === 'number' && close(ours, value);
	if (typeof ours === 'number') return false;
	const mine = compact(ours);
	const theirs = compact(value.histogram);
	const numbers = ({ zeroCount, count, sum, positive, negative }: Histogram) => [
		...[zeroCount, count, sum],
		...positive.counts,
		...negative.counts,
	];
	return (
		mine.schema === theirs.schema &&
		mine.zeroThreshold === theirs.zeroThreshold &&
		sameBounds(mine.bounds, theirs.bounds) &&
		sameIndexes(mine.positive.indexes, theirs.positive.indexes) &&
		sameIndexes(mine.negative.indexes, theirs.negative.indexes) &&
		numbers(theirs).every((x, i) => close(numbers(mine)[i]!, x)) &&
		(!value.hinted || mine.hint === theirs.hint)
	);
}

function close(x: number | undefined, y: SequenceValue): boolean {
	if (typeof y !== 'number' || x === undefined) return false;
	if (x === y || (Number.isNaN(x) && Number.isNaN(y))) return true;
	return Math.abs(x - y) <= EPSILON * (Math.abs(x) + Math.abs(y));
}
