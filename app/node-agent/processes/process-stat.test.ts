import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseProcessStat } from './process-stat.ts';

describe('what /proc/PID/stat says', () => {
	test('of this process', () => {
		const stat = parseProcessStat(readFileSync('/proc/self/stat', 'utf8'));
		const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
		expect(stat).toMatchObject({ parent: process.ppid, ending: false });
		expect(stat.startedAfterMs).toBeGreaterThan(uptime - process.uptime() * 1000 - 1_000);
		expect(stat.startedAfterMs).toBeLessThan(uptime);
		const { user, system } = process.cpuUsage();
		expect(Math.abs(stat.cpuSeconds - (user + system) / 1e6)).toBeLessThan(0.5);
	});

	test('of one whose name looks like more fields', () => {
		const text = '7 (a) Z 1 2) Z 5 6 8 0 -1 4227084 1 2 3 4 150 50 0 0 20 0 1 0 12345 0 0';
		expect(parseProcessStat(text)).toEqual({
			...{ parent: 5, session: 8, ending: true, cpuSeconds: 2, startedAfterMs: 123_450 },
		});
	});
});
