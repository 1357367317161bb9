import { expect, test } from 'vitest';
import { adviceOn } from './advice.ts';
import { featureOf } from './feature.ts';

test('a feature works, works in part, or is off', () => {
	expect(featureOf({ feature: 'logs', ok: true }).state).toBe('works');
	expect(featureOf({ feature: 'logs', ok: true, reason: 'some cannot be read' }).state).toBe('degraded');
	expect(featureOf({ feature: 'logs', ok: false }).state).toBe('off');
});

test('what goes on is said where something does not, and only there', () => {
	expect(featureOf({ feature: 'socket-data', ok: true, tier: 'tracepoint' })).toEqual({
		...{ feature: 'socket-data', ok: true, state: 'works', tier: 'tracepoint' },
		...{ reason: null, missing: null, works: null, command: null },
	});
	expect(featureOf({ feature: 'socket-data', ok: false, reason: 'EPERM' }).works).toMatch(/^Edges/);
	expect(featureOf({ feature: 'socket-data', ok: false, works: 'Nothing.' }).works).toBe('Nothing.');
	expect(featureOf({ feature: 'of a later version', ok: false }).works).toBeNull();
});

test('advice: a line for each cause, none for what is well or off by choice', () => {
	const off = (feature: string, missing: string | null, command: string | null) =>
		featureOf({ feature, ok: false, reason: 'EPERM', missing, command });
	expect(
		adviceOn([
			off('connections', 'root', 'sudo codexray up'),
			featureOf({ feature: 'pages', ok: true }),
			off('socket-data', 'root', 'sudo codexray up'),
			featureOf({
				feature: 'logs',
				ok: true,
				reason: 'in part',
				missing: 'root',
				command: 'sudo codexray up',
			}),
			off('traces', null, null),
			off('engine', 'ClickHouse', null),
		]),
	).toEqual([
		'connections, socket-data are off. Missing: root. Run: sudo codexray up',
		'logs is only there in part. Missing: root. Run: sudo codexray up',
		'engine is off. Missing: ClickHouse.',
	]);
});
