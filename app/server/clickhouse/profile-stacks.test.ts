import { expect, test } from 'vitest';
import { readProfiles } from './profile-stacks.ts';
import type { Question } from './question.ts';

const TO = 1_790_000_010_000;
const FROM = TO - 60_000;

/** Rows as the engine gives them; before each further question a profile of 1000 arrives. */
function question(rows: Record<string, unknown>[]): Question & { asked: string[] } {
	const asked: string[] = [];
	return {
		database: 'codexray_default',
		asked,
		async select<Row>(sql: string) {
			asked.push(sql);
			const late = (asked.length - 1) * 1000;
			return rows.map((row) => ({
				...row,
				now: Number(row.now) + late,
				everybody: Number(row.now) + late,
			})) as Row[];
		},
	};
}

const row = (part: string, now: number, more = {}) => ({
	...{ part, now, base: 0, samples: 1, unit: 'nanoseconds', instance: '', first: 0, last: 0 },
	...{ profiles: 1, baseProfiles: 1, allProfiles: 1, functions: [], files: [], lines: [] },
	...more,
});

test('one question gives all parts of an answer, so that they tell of the same profiles', async () => {
	const engine = question([
		row('all', 90, { samples: 3 }),
		row('stack', 60, { functions: ['hot', 'main'] }),
		row('stack', 30, { functions: ['cold', 'main'] }),
		// Of another instance than the one that is asked for.
		row('stack', 0, { functions: ['other'] }),
		row('instance', 30, { instance: '/docker/b' }),
		row('instance', 60, { instance: '/docker/a' }),
		// Covers four steps, of which the first lies before the range.
		row('time', 80, { first: -1, last: 2 }),
		row('time', 10, { first: 2, last: 2 }),
		// Of the base alone.
		row('time', 0, { samples: 0, first: -40, last: -36 }),
	]);
	const found = await readProfiles(engine, { from: FROM, to: TO, type: 'ebpf:cpu:nanoseconds' });
	expect(engine.asked).toHaveLength(1);
	expect(found).toMatchObject({ unit: 'nanoseconds', samples: 3, truncated: false });
	expect(found.stacks.map(({ functions, total }) => [functions[0], total])).toEqual([
		['hot', 60],
		['cold', 30],
	]);
	expect(found.instances).toEqual([
		{ instance: '/docker/a', total: 60 },
		{ instance: '/docker/b', total: 30 },
	]);
	expect(found.series).toEqual([20, 20, 30, null]);
	expect(found.times.at(-1)).toBe(TO);
});

test('a gauge is the mean over the profiles of an instance', async () => {
	const engine = question([
		row('all', 1400, { samples: 3, profiles: 1.5 }),
		row('stack', 1400, { functions: ['make'] }),
		row('instance', 400, { instance: '/docker/a', allProfiles: 2 }),
		row('instance', 1000, { instance: '/docker/b' }),
		row('time', 600, { profiles: 2 }),
	]);
	const found = await readProfiles(engine, { from: FROM, to: TO, type: 'go:heap_inuse_space:bytes' });
	expect(found.stacks[0]!.total).toBeCloseTo(1400 / 1.5);
	expect(found.instances).toEqual([
		{ instance: '/docker/b', total: 1000 },
		{ instance: '/docker/a', total: 200 },
	]);
	expect(found.series[0]).toBe(300);
});
