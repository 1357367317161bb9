import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CoreError } from '../../../core-as/facade/index.ts';
import type { Matcher } from '../../telemetry/labels.ts';
import { isStaleMarker } from '../../telemetry/series.ts';
import { remoteWriteBody } from '../testing/remote-write-body.ts';
import { codec, HOUR, NOW, StoreBench, series } from '../testing/store-bench.ts';

describe('chunk store', () => {
	it('reads from the head, from chunks and from both as one', async () => {
		const b = await new StoreBench().start();
		await b.send([series('a', [[NOW - 2000, 1]])]);
		expect(await b.read()).toEqual({ '__name__=a': [[NOW - 2000, 1]] });
		await b.store.flush();
		expect(b.store.stats().headSamples).toBe(0);
		expect(await b.read()).toEqual({ '__name__=a': [[NOW - 2000, 1]] });
		await b.send([series('a', [[NOW - 1000, 2]])]);
		expect(await b.read()).toEqual({
			'__name__=a': [
				[NOW - 2000, 1],
				[NOW - 1000, 2],
			],
		});
		expect(await b.read([], NOW - 1500, NOW)).toEqual({ '__name__=a': [[NOW - 1000, 2]] });
		expect(b.spool.head()).not.toEqual(b.spool.tail());
		await b.store.flush();
		expect(b.spool.head()).toEqual(b.spool.tail());
	});

	it('one series and timestamp is one sample, the last wins, in every place', async () => {
		const b = await new StoreBench().start();
		const t = NOW - 5000;
		for (const value of [1, 2]) await b.send([series('a', [[t, value]])]);
		expect(await b.read()).toEqual({ '__name__=a': [[t, 2]] });
		await b.store.flush();
		await b.send([series('a', [[t, 3]])]);
		expect(await b.read()).toEqual({ '__name__=a': [[t, 3]] });
		await b.store.flush();
		expect(await b.read()).toEqual({ '__name__=a': [[t, 3]] });
		b.now += 2 * HOUR;
		await b.store.maintain();
		expect([b.table.partial.length, b.table.merged.length]).toEqual([0, 1]);
		expect(await b.read()).toEqual({ '__name__=a': [[t, 3]] });
	});

	it('keeps every bit: stale markers, NaN payloads, -0, infinities', async () => {
		const b = await new StoreBench().start();
		// As bits, because JavaScript may quieten a NaN in an array; each stands for a marked value in the body.
		const bits = [
			0x7ff0000000000002n,
			0x7ff8000000000001n,
			0xfff0000000000001n,
			1n << 63n,
			0x7ff0000000000000n,
			1n,
			3n,
		];
		for (let round = 0; round < 300; round++) {
			const body = remoteWriteBody([
				series(
					'a',
					bits.map((_, i) => [NOW - 1_000_000 + (round * 10 + i) * 100, 1e300 + i * 1e290]),
				),
			]);
			const view = new DataView(body.buffer);
			for (const [i, value] of bits.entries()) {
				const marked = new Uint8Array(Float64Array.of(1e300 + i * 1e290).buffer);
				view.setBigUint64(Buffer.from(body).indexOf(marked), value, true);
			}
			await b.ingest.write(codec.snappyCompress(body), null);
		}
		await expect.poll(() => b.store.stats().received).toBe(2100);
		for (const flush of [false, true]) {
			if (flush) await b.store.flush();
			const { values } = await b.store.select([], 0, NOW * 2);
			const got = new BigUint64Array(values.slice().buffer);
			expect(got.length).toBe(2100);
			for (const [i, value] of got.entries()) if (value !== bits[i % 7]) expect(value).toBe(bits[i % 7]);
			expect(isStaleMarker(values, 0)).toBe(true);
			expect(isStaleMarker(values, 1)).toBe(false);
		}
	});

	it('columns that are released are used again, others stay as they are', async () => {
		const b = await new StoreBench().start();
		await b.send([series('a', [[NOW - 2000, 1]]), series('b', [[NOW - 1000, 2]])]);
		const read = (name: string) => b.store.select([{ name: '__name__', op: '=', value: name }], 0, NOW);
		const kept = await read('a');
		const released = await read('b');
		released.release!();
		expect(() => released.release!()).toThrow('released twice');
		const again = await read('b');
		expect([released.timestamps.buffer, released.values.buffer]).toContain(again.values.buffer);
		expect([...again.timestamps, ...again.values]).toEqual([NOW - 1000, 2]);
		expect([...kept.timestamps, ...kept.values]).toEqual([NOW - 2000, 1]);
	});

	it('a chunk holds at most 256 samples and one hour', async () => {
		const b = await new StoreBench().start();
		const samples = Array.from({ length: 3000 }, (_, i): [number, number] => [NOW - 3_000_000 + i * 1000, i]);
		await b.send([series('a', samples)]);
		await b.store.flush();
		expect(b.table.partial.length).toBeGreaterThan(10);
		expect(await b.read()).toEqual({ '__name__=a': samples });
		b.now += 2 * HOUR;
		await b.store.maintain();
		expect(await b.read()).toEqual({ '__name__=a': samples });
	});

	it('matchers: equal, unequal, regular expressions over whole values, absent labels', async () => {
		const b = await new StoreBench().start();
		const s: [number, number][] = [[NOW, 1]];
		await b.send([
			series('a', s),
			series('a', s, { job: 'x' }),
			series('b', s, { job: 'xy' }),
			series('b', s, { constructor: 'z' }),
		]);
		const names = async (...m: [string, Matcher['op'], string][]) =>
			Object.keys(await b.read(m.map(([name, op, value]) => ({ name, op, value }))));
		expect(await names(['__name__', '=', 'a'])).toEqual(['__name__=a', '__name__=a,job=x']);
		expect(await names(['job', '=', ''])).toEqual(['__name__=a', '__name__=b,constructor=z']);
		expect(await names(['job', '!=', ''])).toEqual(['__name__=a,job=x', '__name__=b,job=xy']);
		expect(await names(['job', '=~', 'x'])).toEqual(['__name__=a,job=x']);
		expect(await names(['job', '=~', 'x.*'], ['__name__', '=', 'b'])).toEqual(['__name__=b,job=xy']);
		expect(await names(['job', '!~', 'x.+|'])).toEqual(['__name__=a,job=x']);
		expect(await names(['constructor', '=', 'z'])).toEqual(['__name__=b,constructor=z']);
		expect(await names(['nothing', '=', 'z'])).toEqual([]);
	});

	it('after a crash at any moment, all that was acknowledged is there, once', async () => {
		const batch = fc.record({
			series: fc.integer({ min: 0, max: 5 }),
			from: fc.integer({ min: 0, max: 7000 }),
			count: fc.integer({ min: 1, max: 30 }),
		});
		const event = fc.oneof(
			{ weight: 6, arbitrary: batch.map((b) => ({ do: 'send' as const, ...b })) },
			{ weight: 2, arbitrary: fc.constant({ do: 'flush' as const }) },
			{ weight: 1, arbitrary: fc.constant({ do: 'crash' as const }) },
			{ weight: 1, arbitrary: fc.constant({ do: 'fail to release' as const }) },
			{ weight: 1, arbitrary: fc.constant({ do: 'maintain' as const }) },
			{ weight: 1, arbitrary: fc.constant({ do: 'lose the head' as const }) },
		);
		await fc.assert(
			fc.asyncProperty(fc.array(event, { maxLength: 25 }), async (events) => {
				const b = new StoreBench();
				const restart = async () => {
					await b.start();
					b.store.stats();
				};
				await restart();
				const expected = new Map<string, Map<number, number>>();
				let value = 0;
				const ofHead = (error: unknown) => {
					if (!(error instanceof CoreError) && !String(error).includes('the head is closed')) throw error;
					// Those that wait for another try; not those that flush, which a crash could not stop here.
					b.wake(5000);
				};
				for (const e of events) {
					if (e.do === 'send') {
						const name = `s${e.series}`;
						const samples = Array.from({ length: e.count }, (_, i): [number, number] => [
							NOW - 7_200_000 + (e.from + i) * 1000,
							++value,
						]);
						await b.ingest.write(codec.snappyCompress(remoteWriteBody([series(name, samples)])), null);
						const held = expected.get(name) ?? new Map();
						expected.set(name, held);
						for (const [t, v] of samples) held.set(t, v);
					} else if (e.do === 'flush') await b.store.flush().catch(ofHead);
					else if (e.do === 'maintain') await b.store.maintain().catch(ofHead);
					else if (e.do === 'lose the head') b.headFails = true;
					else {
						b.headFails = false;
						if (e.do === 'fail to release') {
							b.files.fault = (what) => {
								if (what === 'mark') throw new Error('disk');
							};
							await b.store.flush();
							b.files.fault = null;
						}
						b.files.cutPower(0.5);
						await restart();
					}
				}
				await b.store.flush().catch(ofHead);
				b.headFails = false;
				await restart();
				const got = await b.read();
				expect(Object.keys(got).sort()).toEqual([...expected.keys()].map((n) => `__name__=${n}`).sort());
				for (const [name, held] of expected) {
					expect(got[`__name__=${name}`]).toEqual([...held].sort((x, y) => x[0] - y[0]));
				}
			}),
			{ numRuns: 60 },
		);
	}, 60_000);

	it('tries a failed write again, reads meanwhile, and loses nothing', async () => {
		const b = await new StoreBench().start();
		await b.send([series('a', [[NOW, 1]])]);
		b.table.fault = () => {
			throw new Error('broken');
		};
		await expect(b.store.flush()).rejects.toThrow('broken');
		await b.send([series('a', [[NOW + 1, 2]]), series('b', [[NOW + 1, 3]])]);
		const all = {
			'__name__=a': [
				[NOW, 1],
				[NOW + 1, 2],
			],
			'__name__=b': [[NOW + 1, 3]],
		};
		expect(await b.read()).toEqual(all);
		b.table.fault = null;
		await b.store.flush();
		await b.store.flush();
		expect(b.store.stats()).toMatchObject({ headSamples: 0, errors: 1, flushes: 2 });
		expect(await b.read()).toEqual(all);
	});

	it('writes the head when it is full, without being asked', async () => {
		const b = await new StoreBench().start({ maxHeadSamples: 100 });
		for (let i = 0; i < 30; i++) {
			await b.send([
				series(
					'a',
					Array.from({ length: 10 }, (_, k): [number, number] => [NOW + i * 10 + k, k]),
				),
			]);
		}
		expect(b.store.stats().flushes).toBeGreaterThanOrEqual(3);
		expect(b.store.stats().headSamples).toBeLessThanOrEqual(110);
	});

	it('a head whose memory is used up is written, and what had no room follows', async () => {
		const b = new StoreBench();
		b.headBytes = 1 << 20;
		await b.start();
		const names = Array.from({ length: 9000 }, (_, i) => `s${i}`);
		await b.send(names.map((name, i) => series(name, [[NOW, i]])));
		expect(b.store.stats().flushes).toBeGreaterThanOrEqual(1);
		const got = await b.read();
		for (const [i, name] of names.entries()) expect(got[`__name__=${name}`]).toEqual([[NOW, i]]);
	});

	it('fills a head that was lost out of the spool', async () => {
		const b = await new StoreBench().start();
		await b.send([series('a', [[NOW, 1]])]);
		await b.store.flush();
		await b.send([series('a', [[NOW + 1, 2]]), series('b', [[NOW + 1, 3]])]);
		b.headFails = true;
		await expect(b.read()).rejects.toThrow('the component failed');
		const all = {
			'__name__=a': [
				[NOW, 1],
				[NOW + 1, 2],
			],
			'__name__=b': [[NOW + 1, 3]],
		};
		await expect.poll(() => b.read()).toEqual(all);
		b.headFails = true;
		await expect(b.store.flush()).rejects.toThrow('the component failed');
		await expect.poll(() => b.read()).toEqual(all);
		expect(b.spool.head()).not.toEqual(b.spool.tail());
		await b.store.flush();
		expect(b.spool.head()).toEqual(b.spool.tail());
		expect(await b.read()).toEqual(all);
		expect(b.store.stats()).toMatchObject({ errors: 2, flushes: 2, headSamples: 0 });
	});

	it('a head that fails at the start is filled again, and the start succeeds', async () => {
		const b = await new StoreBench().start();
		await b.send([series('a', [[NOW, 1]])]);
		await b.send([series('a', [[NOW + 1, 2]])]);
		b.headFails = true;
		await b.start();
		expect(await b.read()).toEqual({
			'__name__=a': [
				[NOW, 1],
				[NOW + 1, 2],
			],
		});
		expect(new Set(b.told).size).toBe(2);
		expect(b.told.length).toBe(2);
		expect(b.store.stats()).toMatchObject({ errors: 1, dropped: {} });
	});

	it.each(['append', 'cut'] as const)('leaves out the block on which the head fails at %s', async (at) => {
		const b = await new StoreBench().start();
		for (let i = 0; i < 9; i++) await b.send([series('a', [[NOW + i, i]])]);
		b.poison = { value: 4, at };
		await b.start();
		const all = [0, 1, 2, 3, 5, 6, 7, 8].map((i) => [NOW + i, i]);
		const read = async () => {
			// At a cut nothing fails until the head is written.
			await b.store.flush().catch(() => {});
			return b.read().catch(() => {});
		};
		await expect.poll(read).toEqual({ '__name__=a': all });
		expect(b.store.stats().dropped).toEqual({ 'the head fails on this block': 1 });
		expect(b.told.length).toBe(9);
		await b.send([series('a', [[NOW + 9, 9]])]).catch(() => {});
		await expect.poll(() => b.read()).toEqual({ '__name__=a': [...all, [NOW + 9, 9]] });
		await b.store.flush();
		b.poison = null;
		await b.start();
		expect(await b.read()).toEqual({ '__name__=a': [...all, [NOW + 9, 9]] });
	});

	it('a head that fails on all blocks costs few of them, and the start succeeds', async () => {
		const b = await new StoreBench().start();
		for (let i = 0; i < 30; i++) await b.send([series('a', [[NOW + i, 7]])]);
		b.poison = { value: 7, at: 'append' };
		await b.start();
		expect(b.store.stats().dropped).toEqual({ 'the head fails on this block': 8 });
		b.poison = null;
		b.wake(5000);
		await expect.poll(async () => (await b.read())['__name__=a']?.length).toBe(22);
		expect(b.told.length).toBe(30);
	});

	it('refuses series over the bound and counts their samples', async () => {
		const b = await new StoreBench().start({ maxSeries: 2 });
		await b.send([
			series('a', [[NOW, 1]]),
			series('b', [[NOW, 1]]),
			series('c', [
				[NOW, 1],
				[NOW + 1, 1],
			]),
		]);
		expect(Object.keys(await b.read())).toEqual(['__name__=a', '__name__=b']);
		expect(b.store.stats().dropped).toEqual({ 'series limit': 2 });
	});

	it('drops hours over the retention and series without samples, and never gives an id twice', async () => {
		const b = await new StoreBench().start({ retentionMs: 10 * HOUR });
		await b.send([series('old', [[NOW - 9 * HOUR, 1]]), series('young', [[NOW, 1]])]);
		await b.store.flush();
		b.now += 3 * HOUR;
		await b.store.maintain();
		expect(Object.keys(await b.read())).toEqual(['__name__=young']);
		expect(b.table.series.map((s) => s.labels.__name__)).toEqual(['young']);
		await b.send([series('new', [[b.now, 1]])]);
		await b.store.flush();
		expect(b.table.series.map((s) => s.sid)).toEqual([2, 3]);
	});

	it('a repeated batch id is acknowledged and not stored, also after a start', async () => {
		const b = await new StoreBench().start();
		const id = new Uint8Array(16).fill(7);
		const body = codec.snappyCompress(remoteWriteBody([series('a', [[NOW, 1]])]));
		const [first, second] = await Promise.all([b.ingest.write(body, id), b.ingest.write(body, id)]);
		expect([first.repeated, second.repeated]).toEqual([false, true]);
		await b.start();
		expect((await b.ingest.write(body, id)).repeated).toBe(true);
		expect(b.spool.stats().received).toBe(0);
	});
});
