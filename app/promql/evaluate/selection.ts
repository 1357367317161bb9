import type { SeriesColumns } from '../../telemetry/series.ts';
import { sampleSizes } from '../histograms/columns.ts';
import type { Expression, VectorSelector } from '../parser/ast.ts';
import type { SeriesSource } from '../source.ts';
import type { Budget } from './budget.ts';
import { milliseconds } from './duration-units.ts';
import type { QueryTimes } from './prepare.ts';

export interface Windows {
	/** ms */
	lookback: number;
	/** Whether a sample exactly at a window's start is outside, as since Prometheus 3. */
	leftOpen: boolean;
	/** Of subqueries that name none, ms. */
	defaultStep: number;
}

interface Wanted {
	selector: VectorSelector;
	start: number;
	end: number;
	range: number;
	/** Between the times that it is evaluated at, ms: of the innermost subquery around it, else of the query; 0: once. */
	step: number;
	/** What it stands in. */
	func: string | undefined;
}

/** The series of every selector of a query. */
export type Selected = ReadonlyMap<VectorSelector, SeriesColumns>;

/** Reads what a prepared expression selects; equal selectors of one range are read once. */
export async function readSelectors(
	source: SeriesSource,
	e: Expression,
	times: QueryTimes,
	windows: Windows,
	budget: Budget,
	signal?: AbortSignal,
): Promise<Selected> {
	const wanted: Wanted[] = [];
	collect(e, times, windows, wanted);
	const reads = new Map<string, Promise<SeriesColumns>>();
	const selected = new Map<VectorSelector, SeriesColumns>();
	const funcs = sharedFuncs(wanted);
	for (const one of wanted) {
		const { selector, start, end, range, step } = one;
		const key = keyOf(one);
		const func = funcs.get(key);
		const { lookback } = windows;
		const hints = { step, range, lookback, ...(func && { func }), ...(signal && { signal }) };
		const read = reads.get(key) ?? source.select(selector.matchers, start, end, hints);
		reads.set(key, read);
		const columns = await read;
		budget.check();
		budget.takeSeries(columns.series.length);
		budget.takeSamples(columns.timestamps.length);
		if (columns.histograms) budget.takeSamples(sampleSizes(columns.histograms));
		selected.set(selector, columns);
	}
	return selected;
}

function keyOf({ selector, start, end, range, step }: Wanted): string {
	return JSON.stringify([selector.matchers, start, end, range, step]);
}

/** What all readers of a selector stand in; nothing where they do not agree. */
function sharedFuncs(wanted: readonly Wanted[]): Map<string, string | undefined> {
	const out = new Map<string, string | undefined>();
	for (const one of wanted) {
		const key = keyOf(one);
		out.set(key, out.has(key) && out.get(key) !== one.func ? undefined : one.func);
	}
	return out;
}

/** `func` is the nearest function or aggregation around; an operator hides what is around it. */
function collect(e: Expression, times: QueryTimes, windows: Windows, to: Wanted[], func?: string): void {
	switch (e.kind) {
		case 'selector':
			to.push({ ...rangeOf(e, times, 0, windows), func });
			return;
		case 'matrix':
			to.push({ ...rangeOf(e.selector, times, milliseconds(e.range), windows), func });
			return;
		case 'subquery': {
			const offset = milliseconds(e.offset);
			const inner = {
				start: (e.at ?? times.start) - offset - milliseconds(e.range),
				end: (e.at ?? times.end) - offset,
				step: e.step === 0 ? windows.defaultStep : Math.max(1, milliseconds(e.step)),
			};
			collect(e.inner, inner, windows, to, func);
			return;
		}
		case 'binary':
			collect(e.left, times, windows, to);
			collect(e.right, times, windows, to);
			return;
		case 'call':
			// The second argument of info() is only labels.
			for (const arg of e.fn.name === 'info' ? e.args.slice(0, 1) : e.args)
				collect(arg, times, windows, to, e.fn.name);
			return;
		case 'aggregation':
			if (e.parameter) collect(e.parameter, times, windows, to, e.op);
			collect(e.inner, times, windows, to, e.op);
			return;
		case 'step-invariant':
			collect(e.inner, { ...times, step: 0 }, windows, to, func);
			return;
		case 'unary':
		case 'parenthesis':
			collect(e.inner, times, windows, to, func);
	}
}

function rangeOf(
	selector: VectorSelector,
	{ start, end, step }: QueryTimes,
	range: number,
	{ lookback, leftOpen }: Windows,
): Omit<Wanted, 'func'> {
	const offset = milliseconds(selector.offset);
	let before = range === 0 ? lookback : range;
	if (range !== 0 && (selector.anchored || selector.smoothed)) before += lookback;
	const after = selector.smoothed ? lookback : 0;
	return {
		selector,
		start: (selector.at ?? start) - offset - before + (leftOpen ? 1 : 0),
		end: (selector.at ?? end) - offset + after,
		range,
		step,
	};
}
