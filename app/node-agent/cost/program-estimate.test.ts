import { expect, test } from 'vitest';
import { ProgramEstimate } from './program-estimate.ts';

const told = (runs: number, seconds: number) => [{ program: 'on_state', runs, seconds }];

test('all of the time: as told', () => {
	const estimate = new ProgramEstimate();
	expect(estimate.add(told(7, 0.5), 1)).toEqual(told(7, 0.5));
	expect(estimate.add(told(9, 0.75), 1)).toEqual(told(9, 0.75));
});

test('what came since the last call stands for the time that nobody saw', () => {
	const estimate = new ProgramEstimate();
	expect(estimate.add(told(10, 1), 1)).toEqual(told(10, 1));
	expect(estimate.add(told(14, 1.5), 0.1)).toEqual(told(50, 6));
	expect(estimate.add(told(14, 1.5), 0.09)).toEqual(told(50, 6));
});

test('a counter never goes back', () => {
	const estimate = new ProgramEstimate();
	estimate.add(told(10, 1), 0.5);
	expect(estimate.add(told(3, 0.5), 0.5)).toEqual(told(20, 2));
});
