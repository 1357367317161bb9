import { expect, test } from 'vitest';
import { QueryGate } from './query-gate.ts';

const never = new AbortController().signal;

test('a few run, the others follow in their order, and too many are refused', async () => {
	const gate = new QueryGate();
	const ends: (() => void)[] = [];
	const started: number[] = [];
	const query = (i: number, signal = never) =>
		gate.run(() => {
			started.push(i);
			return new Promise<void>((resolve) => ends.push(resolve));
		}, signal);
	const leaving = new AbortController();
	const all = Array.from({ length: 8 + 200 }, (_, i) => query(i, i === 9 ? leaving.signal : never));
	const results = Promise.allSettled(all);
	await expect(query(999)).rejects.toMatchObject({ type: 'unavailable', status: 503 });
	expect([gate.refused, gate.fill, started.length]).toEqual([1, 1, 8]);
	leaving.abort();
	for (let i = 0; i < 207; i++) {
		while (ends.length === 0) await Promise.resolve();
		ends.shift()!();
	}
	const statuses = (await results).map(({ status }) => status);
	expect(statuses.filter((status) => status === 'rejected')).toHaveLength(1);
	expect(statuses[9]).toBe('rejected');
	expect(started).toEqual(Array.from({ length: 208 }, (_, i) => i).filter((i) => i !== 9));
	expect(gate.fill).toBe(0);
});

test('one that fails makes room', async () => {
	const gate = new QueryGate();
	for (let i = 0; i < 20; i++) {
		await expect(gate.run(() => Promise.reject(new Error('no')), never)).rejects.toThrow('no');
	}
	expect(gate.fill).toBe(0);
});
