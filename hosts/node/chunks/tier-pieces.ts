/**
 * DuckDB puts a string of 4096 bytes or more elsewhere, in blocks of its own for each of its segments, of which the last is half empty. So
 * a tier row that is longer lies in several rows of its table, one behind the other.
 */
const MAX_PIECE = 4_000;

/** Tier rows of one day by series, or their pieces. */
interface Pieces {
	sids: Uint32Array;
	ends: Uint32Array;
}

/** Cuts rows into pieces, whose bytes lie as those of the rows do. */
export function cutTierRows({ sids, ends }: Pieces): Pieces {
	const piecesOf = (row: number) =>
		Math.max(1, Math.ceil((ends[row]! - (row === 0 ? 0 : ends[row - 1]!)) / MAX_PIECE));
	let count = 0;
	for (let row = 0; row < sids.length; row++) count += piecesOf(row);
	if (count === sids.length) return { sids, ends };
	const cut = { sids: new Uint32Array(count), ends: new Uint32Array(count) };
	let at = 0;
	for (let row = 0; row < sids.length; row++) {
		const start = row === 0 ? 0 : ends[row - 1]!;
		const pieces = piecesOf(row);
		for (let i = 1; i <= pieces; i++) {
			cut.sids[at] = sids[row]!;
			cut.ends[at++] = i === pieces ? ends[row]! : start + i * MAX_PIECE;
		}
	}
	return cut;
}

/** Makes pieces rows again: those of one series and day follow each other. */
export function joinTierRows({
	sids,
	days,
	ends,
}: Pieces & { days: Uint32Array }): Pieces & { days: Uint32Array } {
	const joined = {
		sids: new Uint32Array(sids.length),
		days: new Uint32Array(sids.length),
		ends: new Uint32Array(sids.length),
	};
	let rows = 0;
	for (let i = 0; i < sids.length; i++) {
		if (i + 1 < sids.length && sids[i + 1] === sids[i] && days[i + 1] === days[i]) continue;
		joined.sids[rows] = sids[i]!;
		joined.days[rows] = days[i]!;
		joined.ends[rows++] = ends[i]!;
	}
	return {
		sids: joined.sids.subarray(0, rows),
		days: joined.days.subarray(0, rows),
		ends: joined.ends.subarray(0, rows),
	};
}
