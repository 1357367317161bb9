import { Engine } from '../../app/promql/engine.ts';
import { QueryError } from '../../app/promql/errors.ts';
import { HistogramReader } from '../../app/promql/histograms/columns.ts';
import { compareLabels } from '../../app/promql/labels/label-set.ts';
import { MemorySource } from '../../app/promql/memory-source.ts';
import { ParseError } from '../../app/promql/parser/parse-error.ts';
import type { SeriesColumns } from '../../app/telemetry/series.ts';
import type { PromqlCase, PromqlCases } from './promql-cases.ts';
import {
	toColumn,
	toNumber,
	toWire,
	type WireHistogram,
	type WireNumber,
	type WireSeries,
} from './promql-data.ts';
import { toHistograms, wireHistogram } from './promql-histogram-wire.ts';
import type { OracleAnswer } from './promql-oracle.ts';

/** How far results may lie from Prometheus's, relative; most are the same to the bit. */
const TOLERANCE = 1e-12;
/** Near their zeros sine and the like have few digits that mean anything. */
const CIRCULAR = /\b(sin|cos|tan|sinh|tanh|ln|log2|log10)\(/;
const CIRCULAR_TOLERANCE = 1e-15;

export function sourceOf(series: readonly WireSeries[]): MemorySource {
	return new MemorySource(
		series.map(({ labels, times, values, histograms }) => ({
			labels,
			timestamps: Float64Array.from(times),
			values: toColumn(values),
			...(histograms && { histograms: toHistograms(histograms) }),
		})),
	);
}

/** Our answer in the oracle's shape. */
export async function answerOf(c: PromqlCase, source: MemorySource): Promise<OracleAnswer> {
	const engine = new Engine({
		lookback: c.lookback,
		experimentalFunctions: c.options.functions ?? false,
		fillModifiers: c.options.fill ?? false,
		delayedNameRemoval: c.options.delayedNameRemoval ?? false,
	});
	try {
		const result =
			c.step === 0 ? await engine.instant(source, c.query, c.start) : await engine.range(source, c.query, c);
		const answer: OracleAnswer = {
			type: result.type,
			warnings: result.warnings.sort(),
			infos: result.infos.sort(),
		};
		if (result.type === 'string') answer.text = result.value;
		else if (result.type === 'scalar')
			answer.result = [{ labels: {}, times: [c.start], values: [toWire(result.value)] }];
		else answer.result = seriesOf(result.series);
		return answer;
	} catch (error) {
		if (error instanceof ParseError) return { error: error.message, kind: 'parse' };
		if (error instanceof QueryError) return { error: error.message, kind: 'execution' };
		throw error;
	}
}

function seriesOf({ series, ends, timestamps, values, histograms }: SeriesColumns): WireSeries[] {
	const reader = histograms && new HistogramReader(histograms);
	return series.map((labels, i) => {
		const start = i === 0 ? 0 : ends[i - 1]!;
		const out: WireSeries = {
			labels,
			times: [...timestamps.subarray(start, ends[i])],
			values: [...values.subarray(start, ends[i])].map(toWire),
		};
		if (!histograms || !reader) return out;
		const first = i === 0 ? 0 : histograms.ends[i - 1]!;
		const places = Array.from({ length: histograms.ends[i]! - first }, (_, j) => first + j);
		out.histograms = places.map((at) => wireHistogram(histograms.timestamps[at]!, reader.at(at)));
		return out;
	});
}

/**
 * What an error is about. Which series it names first hangs on the order of a map; the place and words of parse errors have
 * a test of their own.
 */
function headline({ error, kind }: OracleAnswer): string {
	if (kind === 'parse') return kind;
	const text = error ?? '';
	// Where both are true either may be told.
	if (/^(found duplicate series|multiple matches for labels)/.test(text)) return 'ambiguous match';
	return text.replace(/ \{.*/s, '');
}

/** Whether the order of an instant vector is part of the answer. */
function isRanked(query: string): boolean {
	return /^\s*(sort|topk|bottomk)/.test(query);
}

/** What differs between two answers, in words; undefined when nothing does. */
export function difference(c: PromqlCase, ours: OracleAnswer, theirs: OracleAnswer): string | undefined {
	// Of a zero bucket that an infinite factor made NaN, count_values makes no text.
	if (theirs.error === 'histograms with custom buckets have no zero bucket') return undefined;
	if (ours.error !== undefined || theirs.error !== undefined) {
		if (ours.kind === theirs.kind && headline(ours) === headline(theirs)) return undefined;
		return `ours ${ours.error ?? 'is an answer'}, Prometheus's ${theirs.error ?? 'is an answer'}`;
	}
	if (ours.type !== theirs.type) return `type ${ours.type}, not ${theirs.type}`;
	if (ours.text !== theirs.text) return `text ${ours.text}, not ${theirs.text}`;
	for (const kind of ['warnings', 'infos'] as const) {
		const [mine, wanted] = [ours[kind] ?? [], theirs[kind] ?? []].map((list) => JSON.stringify(list));
		if (countsHidden(mine!) !== countsHidden(wanted!)) return `${kind} ${mine}, not ${wanted}`;
	}
	const ordered = theirs.type === 'matrix';
	if (theirs.type === 'vector' && isRanked(c.query)) {
		// Equal values may change places.
		const [mine, wanted] = [ours.result ?? [], theirs.result ?? []].map((list) =>
			list.flatMap((s) => s.values.slice(0, 1)),
		);
		if (!mine!.every((value, i) => close(value, wanted![i] ?? 'stale', c.query)))
			return `ranks ${mine}, not ${wanted}`;
	}
	const [mine, wanted] = [ours.result ?? [], theirs.result ?? []].map((list) =>
		ordered ? list : sorted(list),
	);
	return seriesDifference(mine!, wanted!, c.query);
}

/**
 * How many samples a histogram's annotation is about is no use to compare: Prometheus merges some of them with themselves,
 * so that it counts millions.
 */
function countsHidden(annotations: string): string {
	return annotations.replace(/over -?\d+ samples/g, 'over some samples');
}

function sorted(series: WireSeries[]): WireSeries[] {
	return [...series].sort((a, b) => compareLabels(a.labels, b.labels));
}

function seriesDifference(ours: WireSeries[], theirs: WireSeries[], query: string): string | undefined {
	if (ours.length !== theirs.length) return `${ours.length} series, not ${theirs.length}`;
	for (const [i, theirOne] of theirs.entries()) {
		const ourOne = ours[i]!;
		const name = JSON.stringify(theirOne.labels);
		if (compareLabels(ourOne.labels, theirOne.labels) !== 0) {
			return `series ${JSON.stringify(ourOne.labels)}, not ${name}`;
		}
		if (ourOne.times.join() !== theirOne.times.join()) return `times of ${name}`;
		for (const [j, value] of theirOne.values.entries()) {
			if (!close(ourOne.values[j]!, value, query)) {
				return `${name} at ${theirOne.times[j]}: ${ourOne.values[j]}, not ${value}`;
			}
		}
		const wrong = histogramsDifference(ourOne.histograms ?? [], theirOne.histograms ?? [], query);
		if (wrong) return `${name} ${wrong}`;
	}
	return undefined;
}

function histogramsDifference(
	ours: WireHistogram[],
	theirs: WireHistogram[],
	query: string,
): string | undefined {
	if (ours.length !== theirs.length) return `${ours.length} histograms, not ${theirs.length}`;
	const shape = ({ time, hint, schema, positive, negative, bounds }: WireHistogram) =>
		JSON.stringify([time, hint, schema, positive.indexes, negative.indexes, bounds]);
	const numbers = (h: WireHistogram) => [
		...[h.zeroThreshold, h.zeroCount, h.count, h.sum],
		...h.positive.counts,
		...h.negative.counts,
	];
	for (const [i, theirOne] of theirs.entries()) {
		const ourOne = ours[i]!;
		const mine = numbers(ourOne);
		const same =
			shape(ourOne) === shape(theirOne) && numbers(theirOne).every((x, j) => close(mine[j]!, x, query));
		if (!same) return `at ${theirOne.time}: ${JSON.stringify(ourOne)}, not ${JSON.stringify(theirOne)}`;
	}
	return undefined;
}

function close(ours: WireNumber, theirs: WireNumber, query: string): boolean {
	const [x, y] = [toNumber(ours), toNumber(theirs)];
	if (Object.is(x, y) || x === y) return true;
	const difference = Math.abs(x - y);
	if (difference <= TOLERANCE * Math.max(Math.abs(x), Math.abs(y))) return true;
	return CIRCULAR.test(query) && difference <= CIRCULAR_TOLERANCE;
}

export interface Difference {
	case: PromqlCase;
	text: string;
}

/** Asks our engine everything, and gives back what differs. */
export async function differences(
	{ data, cases }: PromqlCases,
	answers: readonly OracleAnswer[],
): Promise<Difference[]> {
	const sources = new Map([...data].map(([name, series]) => [name, sourceOf(series)]));
	const out: Difference[] = [];
	for (const [i, c] of cases.entries()) {
		const ours = await answerOf(c, sources.get(c.on)!);
		const found = difference(c, ours, answers[i]!);
		if (found !== undefined) out.push({ case: c, text: `${JSON.stringify(c)}\n  ${found}` });
	}
	return out;
}
