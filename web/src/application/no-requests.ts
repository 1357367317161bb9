import type { ApplicationReport } from '../api/types.ts';
import { formatThings } from '../format/numbers.ts';
import { isExternal } from '../format/status.ts';
import { formatClock } from '../format/times.ts';

/** Why there are no requests to draw. */
export function noRequests({ application, clients, dependencies }: ApplicationReport): string {
	const links = clients.length + dependencies.length;
	if (application.lastSampleAt === null) return 'No sample of this application lies in this range.';
	if (isExternal(application))
		return 'Its callers connect to it, and neither HTTP/1 nor Postgres nor Redis was seen inside.';
	if (links === 0)
		return `It is running (last sample ${formatClock(application.lastSampleAt)}) and nobody has talked with it.`;
	return `It has ${formatThings(links, 'neighbour')}, and what they say is none of HTTP/1, Postgres and Redis in plain text, the protocols that are read.`;
}
