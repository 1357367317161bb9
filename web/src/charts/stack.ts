/** Series as parts of a whole. */

export interface Part {
	perSecond: (number | null)[];
}

/** Sum per time; null where no part has a sample. */
export function totalPerTime(parts: readonly Part[]): (number | null)[] {
	const length = Math.max(0, ...parts.map((part) => part.perSecond.length));
	return Array.from({ length }, (_, i) => {
		let sum: number | null = null;
		for (const { perSecond } of parts) {
			const value = perSecond[i];
			if (value !== null && value !== undefined) sum = (sum ?? 0) + value;
		}
		return sum;
	});
}

/**
 * Each part on top of those before it. A part without a sample adds nothing where another part has one; where none has,
 * all are null: a gap is a gap and not a zero.
 */
export function stack(parts: readonly Part[]): (number | null)[][] {
	const total = totalPerTime(parts);
	const sums: number[] = total.map(() => 0);
	return parts.map(({ perSecond }) =>
		total.map((whole, i) => {
			if (whole === null) return null;
			sums[i] = (sums[i] as number) + (perSecond[i] ?? 0);
			return sums[i] as number;
		}),
	);
}
