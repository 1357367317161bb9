import type { LogRecord } from '../api/log-types.ts';

/** One JSON object a line, oldest first, as such files are read. */
export function asJsonLines(lines: readonly LogRecord[]): string {
	return lines
		.toReversed()
		.map((line) => `${JSON.stringify(line)}\n`)
		.join('');
}

/** `logs-2026-11-22T14-02-37Z.jsonl`, after the newest line. */
export function downloadName(lines: readonly LogRecord[]): string {
	const newest = new Date(lines[0]?.time ?? 0).toISOString().slice(0, 19).replaceAll(':', '-');
	return `logs-${newest}Z.jsonl`;
}

export function downloadLines(lines: readonly LogRecord[]): void {
	const address = URL.createObjectURL(new Blob([asJsonLines(lines)], { type: 'application/x-ndjson' }));
	const link = document.createElement('a');
	link.href = address;
	link.download = downloadName(lines);
	link.click();
	URL.revokeObjectURL(address);
}
