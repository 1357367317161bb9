import type { RecordingSummary } from '../../../app/server/recording/replay.ts';

/** A recording in one or two lines, for a person. */
export function describeRecording({ startedAt, endedAt, bodies, lost, fault }: RecordingSummary): string {
	const seconds = ((endedAt - startedAt) / 1000).toFixed(1);
	const counts = Object.entries(bodies).map(([signal, n]) => `${n} of ${signal}`);
	const lines = [
		`Recorded at ${new Date(startedAt).toISOString()}, ${seconds} s up to the last body: ${counts.join(', ')}.`,
	];
	if (lost > 0) lines.push(`${lost} more bodies are not in it: the recording could not keep up.`);
	if (fault !== null) lines.push(`It ends too early: at byte ${fault.offset} ${fault.reason}.`);
	return lines.join('\n');
}
