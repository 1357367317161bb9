import { expect, test } from 'vitest';
import type { LogRecord } from '../api/log-types.ts';
import { asJsonLines, downloadName } from './log-download.ts';

const line = (time: number, body: string) => ({ time, body }) as LogRecord;

test('each line is one object, oldest first, and line breaks stay inside', () => {
	const text = asJsonLines([line(2, 'b\nb'), line(1, 'a')]);
	expect(
		text
			.trimEnd()
			.split('\n')
			.map((one) => JSON.parse(one)),
	).toEqual([
		{ time: 1, body: 'a' },
		{ time: 2, body: 'b\nb' },
	]);
});

test('the file is named after the newest line', () => {
	expect(downloadName([line(Date.UTC(2026, 10, 22, 14, 2, 37), 'a')])).toBe(
		'logs-2026-11-22T14-02-37Z.jsonl',
	);
});
