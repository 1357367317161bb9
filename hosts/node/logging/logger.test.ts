import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createLogger, type LoggerOptions } from './logger.ts';

function capture(options: LoggerOptions & { isTTY?: boolean }) {
	const lines: string[] = [];
	const sink = { write: (text: string) => lines.push(text), isTTY: options.isTTY ?? false };
	return { lines, log: createLogger({ env: {}, ...options, sink }) };
}

describe('off a terminal', () => {
	test('a line is one JSON object with level, time, message and fields', () => {
		const { lines, log } = capture({});
		log.child({ spool: 'metrics' }).warn('delivery failed', { status: 503 });
		expect(lines).toHaveLength(1);
		expect(lines[0]!.endsWith('\n')).toBe(true);
		const { time, ...line } = JSON.parse(lines[0]!);
		expect(line).toEqual({ level: 'warn', message: 'delivery failed', spool: 'metrics', status: 503 });
		expect(new Date(time).toISOString()).toBe(time);
	});

	test('secrets do not appear, however deep; file names do', () => {
		const { lines, log } = capture({});
		log.info('start', {
			apiKey: 'hunter2',
			headers: { 'X-Api-Key': 'hunter2', Authorization: 'Bearer hunter2' },
			apiKeyFile: '/etc/key',
			list: [{ token: 'hunter2' }],
		});
		log.child({ token: 'hunter2' }).error('x', { error: new Error('boom') });
		expect(lines.join('')).not.toContain('hunter2');
		expect(JSON.parse(lines[0]!).apiKeyFile).toBe('/etc/key');
		expect(JSON.parse(lines[1]!).error.message).toBe('boom');
	});

	test('the level comes from the environment', () => {
		const { lines, log } = capture({ env: { CODEXRAY_LOG_LEVEL: 'ERROR' } });
		log.warn('not this');
		log.error('this');
		expect(lines).toHaveLength(1);
	});

	test('bigints and cycles do not throw', () => {
		const { lines, log } = capture({});
		const loop: Record<string, unknown> = { id: 1n };
		loop.self = loop;
		log.info('odd', { loop });
		expect(lines).toHaveLength(1);
	});
});

describe('on a terminal', () => {
	test('a short line in colour', () => {
		const { lines, log } = capture({ isTTY: true });
		log.info('node agent ready', { listen: '127.0.0.1:10300', note: 'two words', apiKey: 'hunter2' });
		expect(lines[0]).toContain('\u001b[36minfo ');
		expect(stripVTControlCharacters(lines[0]!)).toMatch(
			/^\d\d:\d\d:\d\d info {2}node agent ready {2}listen=127.0.0.1:10300 {2}note="two words" {2}apiKey="?\[redacted\]"?\n$/,
		);
	});

	test('no colour when NO_COLOR is set, debug hidden', () => {
		const { lines, log } = capture({ isTTY: true, env: { NO_COLOR: '1' } });
		log.debug('hidden');
		log.warn('a\u001b[31mb');
		expect(lines).toHaveLength(1);
		expect(lines[0]).not.toContain('\u001b');
	});
});
