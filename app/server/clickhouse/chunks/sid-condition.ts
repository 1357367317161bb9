/** When at least one in so many ids between the lowest and the highest is asked for, reading all of them is cheaper. */
const DENSE = 4;
/** Ids of one list: some 10 bytes each, which MAX_QUERY_BYTES of the engine takes. */
const MAX_LISTED = 1_000_000;

/** A condition on `sid`; ids rise. Those between that nobody asked for may come too. */
export function sidCondition(sids: Uint32Array | null): string {
	if (!sids) return 'true';
	if (sids.length === 0) return 'false';
	const lowest = sids[0]!;
	const highest = sids.at(-1)!;
	const isDense = sids.length > 100 && sids.length * DENSE >= highest - lowest;
	if (isDense || sids.length > MAX_LISTED) return `sid BETWEEN ${lowest} AND ${highest}`;
	return `sid IN (${sids.join(',')})`;
}
