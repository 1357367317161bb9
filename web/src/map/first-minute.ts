import type { ServerStatus, ServiceMap } from '../api/types.ts';
import { formatAge, formatRate, formatThings } from '../format/numbers.ts';
import { formatClock } from '../format/times.ts';

export interface FirstMinuteStep {
	name: string;
	done: boolean;
	detail: string;
	/** When it happened, where that is known. */
	at: string | null;
}

/** What happens between the start of the server and the first line on the map, in order. */
export function firstMinuteSteps(
	status: ServerStatus | null,
	map: ServiceMap,
	now: number,
): FirstMinuteStep[] {
	const agents = status?.agents ?? [];
	const first = agents[0];
	const newest = status?.ingest.lastSampleAt ?? null;
	return [
		{
			name: 'Server answers',
			done: status !== null,
			detail: status ? `Version ${status.version}, project ${status.project.name}` : '',
			at: status ? formatClock(status.startedAt) : null,
		},
		{
			name: agents.length > 1 ? `${agents.length} agents connected` : 'Agent connected',
			done: agents.length > 0,
			detail: first
				? `${first.hostname ?? first.node}${first.kernel ? `, kernel ${first.kernel}` : ''}`
				: 'The agent runs on each node and reads from its kernel.',
			at: null,
		},
		{
			name: 'First samples',
			done: newest !== null,
			detail:
				newest === null
					? waitingWords(status, now)
					: `${formatThings(status?.ingest.series ?? 0, 'series', 'series')}, ${formatRate(status?.ingest.samplesPerSecond)} samples`,
			at: newest === null ? null : formatClock(newest),
		},
		{
			name: 'First application',
			done: map.applications.length > 0,
			detail: map.applications.length
				? formatThings(map.applications.length, 'application')
				: 'A container or process that listens or connects.',
			at: null,
		},
		{
			name: 'First link between two applications',
			done: map.edges.length > 0,
			detail: map.edges.length
				? formatThings(map.edges.length, 'link')
				: 'One calls another; any request will do.',
			at: null,
		},
	];
}

function waitingWords(status: ServerStatus | null, now: number): string {
	if (!status) return '';
	return `Usually 15 s after the agent. The server started ${formatAge(now - status.startedAt)} ago.`;
}
