import { expect, test } from 'vitest';
import { Camera } from './camera.ts';

const none = { top: 0, right: 0, bottom: 0, left: 0 };

function camera(): Camera {
	const made = new Camera();
	made.width = 1000;
	made.height = 500;
	return made;
}

test('everything fits in the middle, and small maps are not blown up', () => {
	const view = camera();
	view.fit({ x: 0, y: 0, width: 2000, height: 500 }, none);
	expect([view.scale, view.x, view.y]).toEqual([0.5, 0, 125]);
	view.fit({ x: 0, y: 0, width: 100, height: 100 }, none);
	expect(view.scale).toBe(1.25);
});

test('zooming keeps the point under the pointer', () => {
	const view = camera();
	const before = view.toMap(300, 200);
	view.zoom(1.7, 300, 200);
	view.toMap(300, 200).forEach((value, i) => {
		expect(value).toBeCloseTo(before[i] as number);
	});
});

test('what is hidden comes into view, what is visible moves nothing', () => {
	const view = camera();
	expect(view.reveal({ x: 100, y: 100, width: 50, height: 50 }, none)).toBe(false);
	expect(view.reveal({ x: 1200, y: -80, width: 50, height: 50 }, none)).toBe(true);
	expect([view.x, view.y]).toEqual([-250, 80]);
});

test('the level follows the width of a node', () => {
	const view = camera();
	const at = (scale: number) => {
		view.scale = scale;
		return view.level;
	};
	expect([at(0.51), at(0.5), at(0.33), at(0.32)]).toEqual(['near', 'mid', 'mid', 'far']);
});
