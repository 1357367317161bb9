import { type AttributePair, Conditions } from './question.ts';

/** Which spans a question is about. */
export interface TraceFilter {
	/** ms since the epoch; `to` is excluded. */
	from: number;
	to: number;
	services?: readonly string[];
	/** Name of the span. */
	name?: string;
	/** ok: every status but error. */
	status?: 'ok' | 'error';
	/** ms, both included. */
	minDuration?: number;
	maxDuration?: number;
	attributes?: readonly AttributePair[];
	/** Only spans without a parent. */
	root?: boolean;
}

/** Without the time range. */
export function traceConditions(filter: TraceFilter): Conditions {
	const conditions = new Conditions().services(filter.services);
	if (filter.name !== undefined) conditions.add('name = {name:String}', { name: filter.name });
	if (filter.status) conditions.add(`status_code ${filter.status === 'error' ? '=' : '!='} 'error'`);
	if (filter.minDuration !== undefined)
		conditions.add('duration_ns >= {minDuration:UInt64}', { minDuration: nanos(filter.minDuration) });
	if (filter.maxDuration !== undefined)
		conditions.add('duration_ns <= {maxDuration:UInt64}', { maxDuration: nanos(filter.maxDuration) });
	if (filter.root) conditions.add("parent_span_id = ''");
	return conditions.attributes(filter.attributes);
}

/** At most what ns since the epoch can be. */
function nanos(ms: number): string {
	return String(BigInt(Math.round(Math.min(Math.max(ms, 0), 1e12) * 1e6)));
}
