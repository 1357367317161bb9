import { METRIC_NAME } from '../../telemetry/labels.ts';
import { failed } from '../errors.ts';
import { EXTENDED_NAMES, extendedFunction, type Reach } from '../functions/extended-rate.ts';
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
	const windows = new WindowWalk(call, argument, scalars, context);
	budget.takeSamples(labels.length * grid.count);
	const out = new Vector(grid.count, labels.length);
	for (let row = 0; row < labels.length; row++) {
		if (budget.due) await budget.rest();
		out.addRow(labels[row]!, dropNames?.[row]);
		windows.walk(row === 0 ? 0 : ends[row - 1]!, ends[row]!, fn, out, row);
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
		this.#grid = context.grid;
		this.#scalars = scalars;
		this.#at = modifiers.at;
		this.#offset = milliseconds(modifiers.offset);
		this.#range = milliseconds(range);
		this.#before = reach ? lookback : 0;
		this.#after = reach === 'smoothed' ? lookback : 0;
		this.#leftOpen = leftOpen;
	}

	walk(low: number, high: number, fn: RangeFunction, out: Vector, row: number): void {
		const window = this.#window;
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
			if (first === end) continue;
			window.low = first;
			window.high = end;
			for (let i = 0; i < this.#scalars.length; i++) window.scalars[i] = this.#scalars[i]![step]!;
			if (fn(window)) out.set(row, step, window.result);
		}
	}
}

/** Rates of what is named like no counter are likely a mistake. */
function noteNoCounters(call: Call, out: Vector, annotations: Annotations): void {
	const seen = new Set<string>();
	for (let row = 0; row < out.rows; row++) {
		const name = out.labels[row]![METRIC_NAME] ?? '';
		if (name === '' || seen.has(name) || COUNTER_SUFFIXES.some((suffix) => name.endsWith(suffix))) continue;
		if (out.isEmpty(row)) continue;
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
