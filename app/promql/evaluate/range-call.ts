import { METRIC_NAME } from '../../telemetry/labels.ts';
import { failed } from '../errors.ts';
import { EXTENDED_NAMES, extendedFunction, type Reach } from '../functions/extended-rate.ts';
import { extendedHistogramFunction } from '../functions/histogram-extended-rate.ts';
import { histogramRangeFunction } from '../functions/histogram-range-functions.ts';
import { type HistogramRangeFunction, HistogramWindow } from '../functions/histogram-window.ts';
import { KEEPS_NAME, RANGE_FUNCTIONS } from '../functions/range-functions.ts';
import { type RangeFunction, Window } from '../functions/window.ts';
import type { Call, TimeModifiers } from '../parser/ast.ts';
import type { Span } from '../parser/parse-error.ts';
import type { Annotations } from './annotations.ts';
import type { Budget } from './budget.ts';
import { milliseconds, seconds } from './duration-units.ts';
import { mergeRows, withoutNames } from './merge-rows.ts';
import type { RangeSeries } from './range-columns.ts';
import type { Windows } from './selection.ts';
import { type Grid, Vector } from './vector.ts';

/** The range vector that a function is called with. */
export interface RangeArgument {
	series: RangeSeries;
	modifiers: TimeModifiers;
	/** ns */
	range: number;
	reach?: Reach;
}

export interface CallContext {
	grid: Grid;
	windows: Windows;
	budget: Budget;
	annotations: Annotations;
	delayedNames: boolean;
}

const COUNTER_SUFFIXES = ['_total', '_sum', '_count', '_bucket'];

/** Calls a function of a range vector for every series at every step; `scalars` are its other arguments, by step. */
export async function callOverRanges(
	call: Call,
	argument: RangeArgument,
	scalars: readonly Float64Array[],
	context: CallContext,
): Promise<Vector> {
	const { grid, budget } = context;
	const { labels, dropNames, ends } = argument.series;
	const fn = functionOf(call, argument.reach);
	const ofHistograms =
		(argument.reach && extendedHistogramFunction(call.fn.name, argument.reach)) ??
		histogramRangeFunction(call.fn.name, fn);
	const windows = new WindowWalk(call, argument, scalars, context);
	budget.takeSamples(labels.length * grid.count);
	const out = new Vector(grid.count, labels.length);
	for (let row = 0; row < labels.length; row++) {
		if (budget.due) await budget.rest();
		out.addRow(labels[row]!, dropNames?.[row]);
		const withHistograms = windows.beginHistograms(row) ? ofHistograms : undefined;
		windows.walk(row === 0 ? 0 : ends[row - 1]!, ends[row]!, fn, out, row, withHistograms);
		if (!withHistograms) continue;
		budget.takeSamples(out.takeSize());
		if (budget.isLate) await budget.rest();
	}
	if (call.fn.name === 'rate' || call.fn.name === 'increase') noteNoCounters(call, out, context.annotations);
	// Only where there is nothing counts, so equal labels do no harm.
	if (call.fn.name === 'absent_over_time') return out;
	if (!KEEPS_NAME.has(call.fn.name)) return withoutNames(out, context.delayedNames);
	return context.delayedNames ? out : mergeRows(out);
}

function functionOf(call: Call, reach: Reach | undefined): RangeFunction {
	const { name } = call.fn;
	const plain = RANGE_FUNCTIONS[name]!;
	if (!reach) return plain;
	const extended = extendedFunction(name, reach, plain);
	if (extended) return extended;
	throw failed(`${reach} modifier can only be used with: ${EXTENDED_NAMES[reach]} - not with ${name}`);
}

/** Moves a window over a series, from step to step. */
class WindowWalk {
	readonly #window = new Window();
	readonly #histograms = new HistogramWindow(this.#window);
	readonly #series: RangeSeries;
	readonly #grid: Grid;
	readonly #scalars: readonly Float64Array[];
	readonly #at: number | undefined;
	readonly #offset: number;
	/** ms */
	readonly #range: number;
	/** How far the window reaches beyond the range, ms. */
	readonly #before: number;
	readonly #after: number;
	readonly #leftOpen: boolean;

	constructor(call: Call, argument: RangeArgument, scalars: readonly Float64Array[], context: CallContext) {
		const { series, modifiers, range, reach } = argument;
		const { lookback, leftOpen } = context.windows;
		const window = this.#window;
		window.timestamps = series.timestamps;
		window.values = series.values;
		window.rangeSeconds = seconds(range);
		window.warn = (text, i) => context.annotations.warn(text, spanOf(call, i));
		this.#series = series;
		const histograms = this.#histograms;
		histograms.warn = window.warn;
		histograms.inform = (text, i) => context.annotations.inform(text, spanOf(call, i));
		this.#grid = context.grid;
		this.#scalars = scalars;
		this.#at = modifiers.at;
		this.#offset = milliseconds(modifiers.offset);
		this.#range = milliseconds(range);
		this.#before = reach ? lookback : 0;
		this.#after = reach === 'smoothed' ? lookback : 0;
		this.#leftOpen = leftOpen;
	}

	/** Makes the histograms of a row, before it is walked over; false if it has none. */
	beginHistograms(row: number): boolean {
		const { labels, histograms } = this.#series;
		if (!histograms) return false;
		const low = row === 0 ? 0 : histograms.ends[row - 1]!;
		const high = histograms.ends[row]!;
		if (low === high) return false;
		const times = histograms.timestamps.subarray(low, high);
		this.#histograms.begin(histograms.row(row), times, labels[row]![METRIC_NAME] ?? '');
		return true;
	}

	walk(
		low: number,
		high: number,
		fn: RangeFunction,
		out: Vector,
		row: number,
		ofHistograms?: HistogramRangeFunction,
	): void {
		const window = this.#window;
		const histograms = this.#histograms;
		const { timestamps, values } = window;
		window.lastFall = -1;
		const grid = this.#grid;
		let first = low;
		let end = low;
		for (let step = 0; step < grid.count; step++) {
			const time = grid.start + step * grid.step;
			window.time = time;
			window.end = (this.#at ?? time) - this.#offset;
			window.start = window.end - this.#range;
			const from = window.start - this.#before;
			const to = window.end + this.#after;
			while (end < high && timestamps[end]! <= to) {
				if (end > low && values[end]! < values[end - 1]!) window.lastFall = end;
				end++;
			}
			if (this.#leftOpen) while (first < end && timestamps[first]! <= from) first++;
			else while (first < end && timestamps[first]! < from) first++;
			const some = ofHistograms !== undefined && histograms.slide(from, to, this.#leftOpen);
			if (first === end && !some) continue;
			window.low = first;
			window.high = end;
			for (let i = 0; i < this.#scalars.length; i++) window.scalars[i] = this.#scalars[i]![step]!;
			if (some) {
				histograms.result = undefined;
				if (!ofHistograms(histograms)) continue;
				if (histograms.result) out.setHistogram(row, step, histograms.result);
				else out.set(row, step, window.result);
			} else if (fn(window)) out.set(row, step, window.result);
		}
	}
}

/** Rates of what is named like no counter are likely a mistake. */
function noteNoCounters(call: Call, out: Vector, annotations: Annotations): void {
	const seen = new Set<string>();
	for (let row = 0; row < out.rows; row++) {
		const name = out.labels[row]![METRIC_NAME] ?? '';
		if (name === '' || seen.has(name) || COUNTER_SUFFIXES.some((suffix) => name.endsWith(suffix))) continue;
		if (!out.hasAnyFloat(row)) continue;
		seen.add(name);
		const what = 'metric might not be a counter, name does not end in _total/_sum/_count/_bucket';
		annotations.inform(`${what}: ${JSON.stringify(name)}`, spanOf(call, 0));
	}
}

/** Prometheus knows no place of a subquery here, and says the beginning. */
function spanOf(call: Call, i: number): Span {
	const { kind, span } = call.args[i]!;
	return kind === 'subquery' ? { start: 0, end: 0 } : span;
}
