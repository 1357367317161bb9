import { type Labels, type Matcher, METRIC_NAME } from '../../telemetry/labels.ts';
import { compareText } from '../labels/text-order.ts';
import type { VectorSelector } from '../parser/ast.ts';
import type { Evaluator } from './evaluator.ts';
import type { Reference } from './info-reference.ts';
import { selectInstants } from './instant-selector.ts';
import type { Vector } from './vector.ts';

/** What tells which info series belongs to a series. */
export const IDENTIFYING = ['instance', 'job'] as const;

/** An info series, and at which steps it is there: its values are the times of its samples, s. */
export interface InfoSeries {
	labels: Labels;
	times: Vector;
	row: number;
}

/** Reads the info series of series with these labels; `matchers` are those of their names and of their own labels. */
export async function readInfoSeries(
	evaluator: Evaluator,
	labels: readonly Labels[],
	matchers: readonly Matcher[],
	{ at, offset }: Reference,
): Promise<InfoSeries[]> {
	const { source, windows, budget, signal } = evaluator.evaluation;
	const { grid } = evaluator;
	const out: InfoSeries[] = [];
	for (const identifying of identifyingMatchers(labels)) {
		const all = [...identifying, ...matchers];
		const start = (at ?? grid.start) - offset - windows.lookback + (windows.leftOpen ? 1 : 0);
		const hints = { step: grid.step, range: 0, func: 'info', ...(signal && { signal }) };
		const columns = await source.select(all, start, (at ?? grid.end) - offset, hints);
		budget.takeSeries(columns.series.length);
		budget.takeSamples(columns.timestamps.length);
		const selector: VectorSelector = {
			kind: 'selector',
			name: '',
			matchers: all,
			offset: offset * 1e6,
			anchored: false,
			smoothed: false,
			span: { start: 0, end: 0 },
			...(at !== undefined && { at }),
		};
		const times = await selectInstants({
			selector,
			columns,
			grid,
			windows,
			budget,
			taken: 'info-time',
		});
		for (const [row, l] of times.labels.entries()) out.push({ labels: l, times, row });
	}
	return out;
}

/** One list for each set of identifying labels that series have. */
function identifyingMatchers(labels: readonly Labels[]): Matcher[][] {
	const groups = new Map<string, Record<string, Set<string>>>();
	for (const l of labels) {
		const present = IDENTIFYING.filter((name) => l[name] !== undefined);
		if (present.length === 0) continue;
		const group = groups.get(present.join()) ?? {};
		groups.set(present.join(), group);
		for (const name of present) {
			group[name] ??= new Set();
			group[name].add(l[name]!);
		}
	}
	return [...groups.values()].map((group) => IDENTIFYING.map((name) => anyOf(name, group[name])));
}

function anyOf(name: string, values: Set<string> | undefined): Matcher {
	if (!values) return { name, op: '=', value: '' };
	const quoted = [...values].sort(compareText).map((value) => value.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&'));
	return { name, op: '=~', value: quoted.join('|') };
}

/** The matchers of info metrics' names: target_info, unless others are given. */
export function nameMatchers(given: readonly Matcher[]): Matcher[] {
	if (given.length === 0) return [{ name: METRIC_NAME, op: '=', value: 'target_info' }];
	if (given.some(({ op }) => op === '=' || op === '=~')) return [...given];
	return [{ name: METRIC_NAME, op: '=~', value: '.+_info' }, ...given];
}
