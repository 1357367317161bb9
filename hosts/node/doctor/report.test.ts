import { expect, test } from 'vitest';
import { featureOf } from '../../../app/features/feature.ts';
import { reportOf, reportText } from './report.ts';

const FACTS = { version: '1.2.3', node: 'v24.0.0', system: 'Linux 6.18 x64' };
const well = featureOf({ feature: 'pages', ok: true });

test('all is well only where every feature is', () => {
	const partly = featureOf({ feature: 'logs', ok: true, reason: 'in part' });
	expect(reportOf(FACTS, { agent: [well], server: [well] }).ok).toBe(true);
	expect(reportOf(FACTS, { agent: [partly], server: [well] })).toMatchObject({
		ok: false,
		features: [
			{ part: 'agent', state: 'degraded', feature: 'logs' },
			{ part: 'server', state: 'works', feature: 'pages' },
		],
	});
});

test('a runtime that refuses is not well, one that is not there is no fault', () => {
	const runtime = { runtime: 'docker', means: 'Digits.', help: 'Do it.' } as const;
	const absent = { ...runtime, state: 'absent', place: null, reason: null } as const;
	const refused = { ...runtime, state: 'refused', place: '/run/docker.sock', reason: 'EACCES' } as const;
	const parts = { agent: [], server: [well] };
	const quiet = reportOf(FACTS, parts, [absent]);
	expect(quiet.ok).toBe(true);
	expect(reportText(quiet)).toMatch(
		/\n\nNames of containers\n {2}absent {4}docker\n {12}means {4}Digits\.\n {12}help {5}Do it\.\n\nEverything works\.$/,
	);
	const report = reportOf(FACTS, parts, [absent, refused]);
	expect(report.ok).toBe(false);
	expect(reportText(report)).toMatch(
		/ {2}refused {3}docker {8}\/run\/docker\.sock\n {12}why {6}EACCES\n.*\nRefused by: docker\.$/s,
	);
});

test('in words: state, tier, and what is known of the rest', () => {
	const off = featureOf({
		...{ feature: 'connections', ok: false, reason: 'EPERM', missing: 'root' },
		...{ works: 'Logs.', command: 'sudo it' },
	});
	const tiered = featureOf({ feature: 'engine', ok: true, tier: 'embedded' });
	expect(
		reportText(reportOf(FACTS, { agent: [off], server: [tiered, well] })),
	).toBe(`Codexray 1.2.3, Node v24.0.0, Linux 6.18 x64

Node agent
  off       connections
            why      EPERM
            missing  root
            works    Logs.
            run      sudo it

Server
  works     engine        embedded
  works     pages

1 of 3 do not work, or not in full.`);
	expect(reportText(reportOf(FACTS, { agent: [], server: [well] }))).toMatch(/Everything works\.$/);
});
