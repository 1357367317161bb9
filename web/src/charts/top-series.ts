import { seriesFigures } from './series-figures.ts';

/** More lines than this are a tangle. */
const MOST = 8;

export interface NamedColumn {
	name: string;
	values: (number | null)[];
}

/** At most eight lines: the seven highest by their mean and the rest as one, summed. In the order in which they came. */
export function topSeries(list: readonly NamedColumn[]): NamedColumn[] {
	if (list.length <= MOST) return [...list];
	const mean = ({ values }: NamedColumn) => seriesFigures(values).mean ?? -1;
	const highest = new Set([...list].sort((a, b) => mean(b) - mean(a)).slice(0, MOST - 1));
	const rest = list.filter((one) => !highest.has(one));
	const length = Math.max(...list.map(({ values }) => values.length));
	const values = Array.from({ length }, (_, i) =>
		rest.reduce<number | null>((sum, one) => {
			const value = one.values[i] ?? null;
			return value === null ? sum : (sum ?? 0) + value;
		}, null),
	);
	return [...list.filter((one) => highest.has(one)), { name: `${rest.length} others, summed`, values }];
}
