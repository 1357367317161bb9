import { describe, expect, test } from 'vitest';
import { foldStacks, type Stack } from '../../testing/fold-stacks.ts';
import { layoutFlame } from './flame.ts';
import { barOf, type FlameView, nodeAt, rowsOf, visibleBars } from './flame-bars.ts';
import { walked } from './flame-walk.ts';

function viewOf(stacks: Stack[], focus = 0, width = 100): FlameView {
	const flame = foldStacks(stacks, true);
	return { flame, layout: layoutFlame(flame), focus, width };
}

/** Nodes: 1 main, 2 read, 3 lock (below read), 4 gone (only in the base), 5 write, 6 lock (below write), 7 sync */
const STACKS: Stack[] = [
	{ frames: ['main', 'read', 'lock'], value: 20 },
	{ frames: ['main', 'gone'], value: 0, base: 50 },
	{ frames: ['main', 'write', 'lock'], value: 50 },
	{ frames: ['main', 'write', 'sync'], value: 30 },
];
const [MAIN, READ, READ_LOCK, GONE, WRITE, WRITE_LOCK, SYNC] = [1, 2, 3, 4, 5, 6, 7];

describe('bars', () => {
	test('lie where they are found again', () => {
		const view = viewOf(STACKS);
		expect(barOf(view, WRITE)).toEqual({ left: 20, wide: 80 });
		expect([nodeAt(view, 21, 2), nodeAt(view, 19, 2), nodeAt(view, 71, 3)]).toEqual([WRITE, READ, SYNC]);
		expect(nodeAt(view, 50, 9)).toBeNull();
		expect(rowsOf(view)).toBe(4);
	});

	test('of callers take the whole width, and others are left out', () => {
		const view = viewOf(STACKS, WRITE);
		expect(barOf(view, MAIN)).toEqual({ left: 0, wide: 100 });
		expect(barOf(view, WRITE_LOCK)).toEqual({ left: 0, wide: 62.5 });
		expect(visibleBars(view).nodes).toEqual([0, MAIN, WRITE, WRITE_LOCK, SYNC]);
		expect([nodeAt(view, 99, 1), nodeAt(view, 10, 3)]).toEqual([MAIN, WRITE_LOCK]);
	});

	test('of what is only in the base are not drawn', () => {
		expect(visibleBars(viewOf(STACKS)).nodes).not.toContain(GONE);
	});

	test('are no more than a row has room for, however many nodes there are', () => {
		const view = viewOf(
			Array.from({ length: 50_000 }, (_, i) => ({ frames: ['main', `f${i}`, 'leaf'], value: 1 })),
			0,
			1000,
		);
		const byRow = Map.groupBy(visibleBars(view).nodes, (node) => view.flame.depths[node]!);
		expect(byRow.get(2)!.length).toBeLessThanOrEqual(2000);
		expect(byRow.get(2)!.length).toBeGreaterThan(500);
		const last = barOf(view, byRow.get(2)!.at(-1)!);
		expect(last.left).toBeGreaterThan(998);
	});
});

describe('keys', () => {
	const all = viewOf(STACKS);
	test('walk to callers, callees and neighbours', () => {
		expect(walked(all, 0, 'ArrowDown')).toBe(MAIN);
		expect(walked(all, MAIN, 'ArrowDown')).toBe(READ);
		expect(walked(all, READ, 'ArrowUp')).toBe(MAIN);
		// What has no bar is passed over.
		expect(walked(all, READ, 'ArrowRight')).toBe(WRITE);
		expect(walked(all, WRITE, 'ArrowLeft')).toBe(READ);
		expect(walked(all, READ, 'x')).toBeNull();
	});

	test('stay where there is nothing that way', () => {
		expect(walked(all, 0, 'ArrowUp')).toBe(0);
		expect(walked(all, WRITE, 'ArrowRight')).toBe(WRITE);
		expect(walked(all, READ_LOCK, 'ArrowDown')).toBe(READ_LOCK);
		expect(walked(all, 0, 'ArrowLeft')).toBe(0);
	});

	test('do not leave the part that is zoomed into', () => {
		const inside = viewOf(STACKS, WRITE);
		expect(walked(inside, WRITE, 'ArrowLeft')).toBe(WRITE);
		expect(walked(inside, MAIN, 'ArrowDown')).toBe(WRITE);
		expect(walked(inside, WRITE_LOCK, 'ArrowRight')).toBe(SYNC);
		expect(walked(inside, WRITE_LOCK, 'ArrowLeft')).toBe(WRITE_LOCK);
		expect(walked(inside, WRITE, 'ArrowUp')).toBe(MAIN);
	});
});
