import type { LogRecord } from '../api/log-types.ts';

/** Newest first; of the same moment by id, so that every answer orders them alike. */
export function newerFirst(a: LogRecord, b: LogRecord): number {
	if (a.timeNs.length !== b.timeNs.length) return b.timeNs.length - a.timeNs.length;
	if (a.timeNs !== b.timeNs) return a.timeNs < b.timeNs ? 1 : -1;
	return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}

/** Those of `found` whose id is not in `seen`, each once. */
export function unseen(found: readonly LogRecord[], seen: ReadonlySet<string>): LogRecord[] {
	const own = new Set<string>();
	return found.filter(({ id }) => {
		if (seen.has(id) || own.has(id)) return false;
		own.add(id);
		return true;
	});
}

/**
 * New lines among those that are there, both newest first. Late ones land where their time is. At most `most` are kept,
 * the newest.
 */
export function merged(there: readonly LogRecord[], found: readonly LogRecord[], most: number): LogRecord[] {
	const fresh = [...found].sort(newerFirst);
	const out: LogRecord[] = [];
	let a = 0;
	let b = 0;
	while (out.length < most && (a < there.length || b < fresh.length)) {
		const old = there[a];
		const young = fresh[b];
		if (young && (!old || newerFirst(young, old) <= 0)) {
			out.push(young);
			b++;
		} else if (old) {
			out.push(old);
			a++;
		}
	}
	return out;
}
