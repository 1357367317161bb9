import type { ApplicationReport } from '../api/types.ts';
import { formatThings } from '../format/numbers.ts';
import { isExternal } from '../format/status.ts';
import { formatClock } from '../format/times.ts';

/** Why there are no requests to draw. */
export function noRequests({ application, clients, dependencies }: ApplicationReport): string {
	const links = clients.length + dependencies.length;
	if (application.lastSampleAt === null) return 'No sample of this application lies in this range.';
	if (isExternal(application)) return 'Its callers connect to it, and no HTTP/1 request was seen inside.';
	if (links === 0)
		return `It is running (last sample ${formatClock(application.lastSampleAt)}) and nobody has talked with it.`;
	return `It has ${formatThings(links, 'neighbour')}, and what they say is not HTTP/1 in plain text, the only protocol read so far.`;
}
