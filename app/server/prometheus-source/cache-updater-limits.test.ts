import { describe, expect, it } from 'vitest';
import { ServerError } from '../errors.ts';
import type { Selection } from './selection.ts';
import { HOUR, NOW, UpdaterBench } from './testing/updater-bench.ts';
import { halfOf } from './value-halves.ts';

describe('of sources with limits', () => {
	it('one that answers "too much" is asked for less, by time and then by names', async () => {
		const bench = new UpdaterBench().add(64, NOW - HOUR);
		bench.onRead = (names, from, to) => {
			// 16 names over two minutes at most.
			if (names.length * (to - from) > 16 * 125_000) throw new ServerError('CXR_SOURCE_TOO_MUCH', 'HTTP 422');
		};
		await bench.start();
		await bench.pass(600_000);
		expect(bench.missing(NOW - HOUR, bench.time - 90_000)).toEqual([]);
		const { groups, failing } = bench.updater.status();
		expect(groups).toBeGreaterThan(1);
		expect(failing).toBe(0);
		await bench.updater.stop();
	});

	it('one that answers "too much" for a single name is asked for parts of its series', async () => {
		// Each value of a label is a name to this source; what it is asked for says which of them are meant.
		const pods = Array.from({ length: 32 }, (_, i) => String(i).padStart(2, '0'));
		const bench = new UpdaterBench().add(2, NOW - HOUR).add(1, NOW - HOUR, 'wide');
		const podsOf = ({ names, matchers = [] }: Selection) =>
			names[0] !== 'wide_000'
				? []
				: pods.filter((pod) =>
						matchers.every(
							({ matches, prefixes }) => prefixes.some((each) => pod.startsWith(each)) === matches,
						),
					);
		const seen = new Set<string>();
		bench.onHalf = async (selection) => halfOf('pod', podsOf(selection));
		bench.onRead = (names, _from, _to, selection) => {
			if (names.length > 1 && names.includes('wide_000'))
				throw new ServerError('CXR_SOURCE_TOO_MUCH', 'HTTP 422');
			const asked = podsOf(selection);
			if (asked.length > 5) throw new ServerError('CXR_SOURCE_TOO_MUCH', 'HTTP 422');
			for (const pod of asked) seen.add(pod);
		};
		await bench.start();
		await bench.pass(600_000);
		expect([...seen].sort()).toEqual(pods);
		expect(bench.missing(NOW - HOUR, bench.time - 90_000)).toEqual([]);
		const status = bench.updater.status();
		expect(status).toMatchObject({ names: 3, failing: 0 });
		expect(status.groups).toBeGreaterThanOrEqual(8);
		await bench.updater.stop();

		// Parts are kept, and a lost one makes its name begin anew.
		seen.clear();
		await bench.start();
		await bench.pass(120_000);
		expect([...seen].sort()).toEqual(pods);
		expect(bench.updater.status().groups).toBe(status.groups);
		await bench.updater.stop();
		const { id } = status.slowest.find(({ firstName }) => firstName === 'wide_000')!;
		await bench.settings.set(`prometheus-source/p/${id}`, '{');
		seen.clear();
		bench.copied.clear();
		await bench.start();
		await bench.pass(600_000);
		expect([...seen].sort()).toEqual(pods);
		expect(bench.missing(NOW - HOUR, bench.time - 90_000).filter((each) => each.startsWith('wide'))).toEqual(
			[],
		);
		await bench.updater.stop();
	});

	it('a name that cannot be asked for in parts is named, with what to do, and holds up no other', async () => {
		const bench = new UpdaterBench().add(8, NOW - HOUR);
		bench.onRead = (names) => {
			if (names.includes('m_003')) throw new ServerError('CXR_SOURCE_TOO_MUCH', 'HTTP 422: too many samples');
		};
		await bench.start();
		await bench.pass(600_000);
		const { failing, slowest } = bench.updater.status();
		expect(failing).toBe(1);
		expect(slowest[0]).toMatchObject({ firstName: 'm_003', names: 1 });
		expect(slowest[0]!.error).toMatch(
			/"m_003".*cannot be divided.*--query\.max-samples.*HTTP 422: too many samples/,
		);
		const others = bench.missing(NOW - HOUR, bench.time - 90_000).filter((each) => !each.startsWith('m_003'));
		expect(others).toEqual([]);
		await bench.updater.stop();
	});
});
