import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseExposition } from '../node-agent/testing/parse-exposition.ts';
import { renderExposition } from './exposition.ts';
import { Labels } from './labels.ts';
import { counter, gauge, histogram, Snapshot } from './snapshot.ts';

const B = counter('b_total', 'With \\ and\nline.');
const A = gauge('a', 'First.');
const H = histogram('h_seconds', 'Time.');

test('families are contiguous, sorted, described once', () => {
	const snapshot = new Snapshot(1);
	const x = new Labels([['x', '1']]);
	snapshot.add(B, new Labels([]), 1);
	snapshot.add(A, x, Number.POSITIVE_INFINITY);
	snapshot.add(B, x, 1e21);
	snapshot.addHistogram(H, x, [0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 12.5);
	expect(renderExposition(snapshot)).toBe(`# HELP a First.
# TYPE a gauge
a{x="1"} +Inf
# HELP b_total With \\\\ and\\nline.
# TYPE b_total counter
b_total 1
b_total{x="1"} 1e+21
# HELP h_seconds Time.
# TYPE h_seconds histogram
h_seconds_bucket{x="1",le="0.005"} 0
h_seconds_bucket{x="1",le="0.01"} 2
h_seconds_bucket{x="1",le="0.025"} 2
h_seconds_bucket{x="1",le="0.05"} 2
h_seconds_bucket{x="1",le="0.1"} 2
h_seconds_bucket{x="1",le="0.25"} 2
h_seconds_bucket{x="1",le="0.5"} 2
h_seconds_bucket{x="1",le="1"} 2
h_seconds_bucket{x="1",le="2.5"} 2
h_seconds_bucket{x="1",le="5"} 2
h_seconds_bucket{x="1",le="10"} 2
h_seconds_bucket{x="1",le="+Inf"} 3
h_seconds_sum{x="1"} 12.5
h_seconds_count{x="1"} 3
`);
});

test('any label value reads back, as valid UTF-8', () => {
	fc.assert(
		fc.property(fc.string({ unit: 'binary' }), (value) => {
			const snapshot = new Snapshot(1);
			snapshot.add(A, new Labels([['x', value]]), 1);
			const [series] = parseExposition(renderExposition(snapshot)).get('a')!.series;
			expect(series!.labels.x).toBe(value.toWellFormed());
		}),
	);
	expect(new Labels([['x', '\ud800']]).text).toBe('x="\ufffd"');
});
