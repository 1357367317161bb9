import { expect, test } from 'vitest';
import { ClockOffset } from './clock-offset.ts';

const TRUE_OFFSET = 1_700_000_000_123_456_789n;

/** Reads both clocks `seconds` after the start, a little after a full second. */
function reading(seconds: number, offset = TRUE_OFFSET): [number, bigint] {
	const monotonic = BigInt(Math.round(seconds * 1e9));
	return [Number((monotonic + offset) / 1_000_000n), monotonic];
}

test('many readings in whole milliseconds come close to the truth, and never before', () => {
	const clock = new ClockOffset();
	let found = 0n;
	for (let i = 0; i < 500; i++) found = clock.sample(...reading(i * 1.000_137));
	expect(TRUE_OFFSET - found).toBeGreaterThanOrEqual(0n);
	expect(TRUE_OFFSET - found).toBeLessThan(50_000n);
});

test('follows a jump at once, and a clock that is slowed down', () => {
	const clock = new ClockOffset();
	for (let i = 0; i < 50; i++) clock.sample(...reading(i * 1.000_137));
	const earlier = TRUE_OFFSET - 3_600_000_000_000n;
	const jumped = clock.sample(...reading(60, earlier));
	expect(earlier - jumped).toBeLessThan(1_000_001n);
	let offset = earlier;
	let found = jumped;
	for (let i = 0; i < 100; i++) {
		offset -= 400_000n;
		found = clock.sample(...reading(61 + i * 1.000_137, offset));
		expect(Number(found - offset)).toBeLessThan(1_500_000);
	}
});
