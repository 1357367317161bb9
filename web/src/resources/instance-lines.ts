import type { ApplicationResources, Column, InstanceResources } from '../api/resource-types.ts';
import type { Limit } from '../charts/plot.ts';
import type { Mark } from '../charts/plot-overlays.ts';
import { seriesFigures } from '../charts/series-figures.ts';
import type { NamedColumn } from '../charts/top-series.ts';

/** What instances use, as lines of a chart. */
type Measure = (instance: InstanceResources) => Column;

/** Limits that differ are drawn each, up to so many; more would hide the lines. */
const MOST_LIMITS = 3;

/** Containers of one pod share its name, so those say which they are. */
export function lineNames(instances: readonly InstanceResources[]): Map<string, string> {
	const often = new Map<string, number>();
	for (const { name } of instances) often.set(name, (often.get(name) ?? 0) + 1);
	return new Map(
		instances.map(({ instance, name }) => {
			const container = instance.slice(0, instance.lastIndexOf('@')).split('/').at(-1);
			return [instance, often.get(name) === 1 ? name : `${name} ${container}`];
		}),
	);
}

/** One line per instance that was measured, by name. */
export function instanceLines(instances: readonly InstanceResources[], pick: Measure): NamedColumn[] {
	const names = lineNames(instances);
	return instances
		.flatMap((one) => {
			const values = pick(one);
			return values ? [{ name: names.get(one.instance) as string, values }] : [];
		})
		.sort((a, b) => a.name.localeCompare(b.name));
}

/** One limit where all instances have the same, else those that differ with the names of whom they bind. */
export function limitLines(instances: readonly InstanceResources[], pick: Measure): Limit[] {
	const byValue = new Map<number, NamedColumn[]>();
	for (const line of instanceLines(instances, pick)) {
		const { last } = seriesFigures(line.values);
		if (last === null) continue;
		const same = byValue.get(last);
		if (same) same.push(line);
		else byValue.set(last, [line]);
	}
	const groups = [...byValue.entries()].sort(([a], [b]) => a - b).slice(0, MOST_LIMITS);
	return groups.map(([, lines]) => ({
		word:
			byValue.size === 1
				? 'limit'
				: lines.length === 1
					? `limit of ${lines[0]?.name}`
					: `limit of ${lines.length} instances`,
		values: highestOf(lines.map(({ values }) => values)) ?? [],
	}));
}

/** The highest at each time; null where nothing was measured. */
export function highestOf(columns: readonly Column[]): Column {
	return folded(columns, Math.max);
}

/** The sum at each time over what was measured. */
export function sumOf(columns: readonly Column[]): Column {
	return folded(columns, (a, b) => a + b);
}

function folded(columns: readonly Column[], fold: (a: number, b: number) => number): Column {
	const there = columns.filter((column) => column !== null);
	if (there.length === 0) return null;
	return (there[0] as (number | null)[]).map((_, i) =>
		there.reduce<number | null>((before, column) => {
			const value = column[i] ?? null;
			if (value === null || before === null) return before ?? value;
			return fold(before, value);
		}, null),
	);
}

/** What is left of `whole`; null where one of them was not measured. */
export function differenceOf(whole: Column, part: Column): Column {
	if (whole === null || part === null) return null;
	return whole.map((value, i) => {
		const less = part[i] ?? null;
		return value === null || less === null ? null : value - less;
	});
}

/** Columns that were measured, with their names. */
export function known(columns: Record<string, Column>): NamedColumn[] {
	return Object.entries(columns).flatMap(([name, values]) => (values ? [{ name, values }] : []));
}

/** A mark for each step in which something happened to an instance; at its middle, because nobody knows when in it. */
export function happenings(
	{ times, instances }: Pick<ApplicationResources, 'times' | 'instances'>,
	step: number,
	pick: Measure,
	word: (count: number) => string,
): Mark[] {
	const one = instances.length === 1;
	return instanceLines(instances, pick)
		.flatMap(({ name, values }) =>
			values.flatMap((count, i) => {
				if (!count) return [];
				const at = (times[i] as number) - step / 2;
				return [{ at, word: one ? word(count) : `${word(count)}, ${name}` }];
			}),
		)
		.sort((a, b) => a.at - b.at);
}
