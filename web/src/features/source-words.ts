import type { MetricSource, Status } from '../api/types.ts';
import { formatAge, formatShare, formatThings } from '../format/numbers.ts';

/** Behind by more than this is late: a round of all groups takes a minute where the source is slow. */
const LATE_MS = 5 * 60_000;

/** How a source is read, by its `kind`. */
const KINDS: Record<string, string> = {
	'remote-read': 'remote read',
	export: 'the export of VictoriaMetrics',
	'range-selector': 'range selectors of its query API',
};

export function kindWords(kind: string | null): string {
	return kind === null ? 'not known yet' : (KINDS[kind] ?? kind);
}

/** How a source is, in one sentence: its trouble first. */
export function sourceState(source: MetricSource): { status: Status; words: string } {
	const { error, failing, groups, lagMs, backFill } = source;
	if (error !== null)
		return {
			status: 'crit',
			words:
				'The source does not tell the names of its metrics. What is copied already can be seen; it is asked again on and on.',
		};
	if (groups === 0 || lagMs === null)
		return { status: 'unknown', words: 'Nothing is copied yet: the source has told no names of metrics.' };
	if (failing > 0)
		return {
			status: 'warn',
			words: `${failing} of ${formatThings(groups, 'group')} of metrics failed last time and ${failing === 1 ? 'is' : 'are'} tried again. The others go on.`,
		};
	if (lagMs > LATE_MS)
		return { status: 'warn', words: `The newest samples of some metrics are ${formatAge(lagMs)} old.` };
	if (backFill < 1)
		return {
			status: 'ok',
			words: `New samples come as they are written. Of the past ${formatShare(backFill)} is copied.`,
		};
	return { status: 'ok', words: 'New samples come as they are written, and all of the past is copied.' };
}

/** The error that a person should see first. */
export function lastError({ error, slowest }: MetricSource): string | null {
	return error ?? slowest.find((group) => group.error !== null)?.error ?? null;
}
