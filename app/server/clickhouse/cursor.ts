import { ServerError } from '../errors.ts';

/** Where a list that is newest first goes on: behind the first `given` rows of the nanosecond `ns`. */
export interface Cursor {
	ns: bigint;
	given: number;
}

export function formatCursor({ ns, given }: Cursor): string {
	return `${ns}.${given}`;
}

/** Throws CXR_QUERY_CURSOR. */
export function parseCursor(text: string): Cursor {
	const found = /^(\d{1,19})\.(\d{1,9})$/.exec(text);
	if (!found) throw new ServerError('CXR_QUERY_CURSOR', JSON.stringify(text.slice(0, 100)));
	return { ns: BigInt(found[1]!), given: Number(found[2]) };
}

/** The cursor behind `rows`, which are newest first and came from behind `before`. */
export function cursorBehind(rows: readonly { timeNs: string }[], before: Cursor | undefined): Cursor {
	const last = rows.at(-1)!.timeNs;
	const sameTime = rows.length - rows.findIndex(({ timeNs }) => timeNs === last);
	const ns = BigInt(last);
	return { ns, given: sameTime + (before?.ns === ns ? before.given : 0) };
}
