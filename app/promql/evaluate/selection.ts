import type { SeriesColumns } from '../../telemetry/series.ts';
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
}

interface Wanted {
	selector: VectorSelector;
	start: number;
	end: number;
	range: number;
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
	collect(e, times.start, times.end, windows, wanted);
	const reads = new Map<string, Promise<SeriesColumns>>();
	const selected = new Map<VectorSelector, SeriesColumns>();
	for (const { selector, start, end, range } of wanted) {
		const key = JSON.stringify([selector.matchers, start, end]);
		const hints = { step: times.step, range, ...(signal && { signal }) };
		const read = reads.get(key) ?? source.select(selector.matchers, start, end, hints);
		reads.set(key, read);
		const columns = await read;
		budget.check();
		budget.takeSeries(columns.series.length);
		budget.takeSamples(columns.timestamps.length);
		selected.set(selector, columns);
	}
	return selected;
}

function collect(e: Expression, start: number, end: number, windows: Windows, to: Wanted[]): void {
	switch (e.kind) {
		case 'selector':
			to.push(rangeOf(e, start, end, 0, windows));
			return;
		case 'matrix':
			to.push(rangeOf(e.selector, start, end, milliseconds(e.range), windows));
			return;
		case 'subquery': {
			const offset = milliseconds(e.offset);
			const from = (e.at ?? start) - offset - milliseconds(e.range);
			collect(e.inner, from, (e.at ?? end) - offset, windows, to);
			return;
		}
		case 'binary':
			collect(e.left, start, end, windows, to);
			collect(e.right, start, end, windows, to);
			return;
		case 'call':
			// The second argument of info() is only labels.
			for (const arg of e.fn.name === 'info' ? e.args.slice(0, 1) : e.args)
				collect(arg, start, end, windows, to);
			return;
		case 'aggregation':
			if (e.parameter) collect(e.parameter, start, end, windows, to);
			collect(e.inner, start, end, windows, to);
			return;
		case 'unary':
		case 'parenthesis':
		case 'step-invariant':
			collect(e.inner, start, end, windows, to);
	}
}

function rangeOf(
	selector: VectorSelector,
	start: number,
	end: number,
	range: number,
	{ lookback, leftOpen }: Windows,
): Wanted {
	const offset = milliseconds(selector.offset);
	let before = range === 0 ? lookback : range;
	if (range !== 0 && (selector.anchored || selector.smoothed)) before += lookback;
	const after = selector.smoothed ? lookback : 0;
	return {
		selector,
		start: (selector.at ?? start) - offset - before + (leftOpen ? 1 : 0),
		end: (selector.at ?? end) - offset + after,
		range,
	};
}
