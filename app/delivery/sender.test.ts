import { describe, expect, it } from 'vitest';
import { silentLogger } from '../logging/logger.ts';
import { MemorySegmentFiles } from './memory-segment-files.ts';
import { type PostResult, Sender } from './sender.ts';
import { id } from './spool.contract.ts';
import { Spool } from './spool.ts';

/** A clock whose sleeps pass at once and are written down; the POST's own time limit never passes. */
function fakeClock(limit = 30_000) {
	const sleeps: number[] = [];
	return {
		sleeps,
		now: () => 1_790_000_000_000,
		sleep(ms: number, signal?: AbortSignal): Promise<void> {
			if (ms === limit) return new Promise((done) => signal?.addEventListener('abort', () => done()));
			sleeps.push(ms);
			return Promise.resolve();
		},
	};
}

async function run(
	answers: (PostResult | Error)[],
	records: number,
	maxBackoffMs = 20_000,
	waitsAfter: number[] = [],
) {
	const clock = fakeClock();
	const spool = await Spool.open({ files: new MemorySegmentFiles(), name: 't', maxBytes: 1 << 20, clock });
	const posts: { id: string; body: number[]; user: string }[] = [];
	let finish: () => void = () => {};
	const finished = new Promise<void>((resolve) => {
		finish = resolve;
	});
	const sender = new Sender({
		spool,
		clock,
		random: () => 0.5,
		log: silentLogger,
		maxBackoffMs,
		waitsAfter,
		headers: () => ({ 'User-Agent': 'test' }),
		post: async ({ payload: body }, headers) => {
			posts.push({ id: headers['X-Codexray-Batch-Id']!, body: [...body], user: headers['User-Agent']! });
			const answer = answers.shift();
			if (answers.length === 0) finish();
			if (answer instanceof Error) throw answer;
			return answer ?? { status: 200, text: '' };
		},
	});
	for (let n = 0; n < records; n++) {
		await spool.append({ kind: 5, batchId: id(n), payload: new Uint8Array([n]) });
	}
	sender.start();
	await finished;
	await expect.poll(() => spool.head()).toEqual(spool.tail());
	await sender.stop();
	return { posts, sleeps: clock.sleeps, stats: sender.stats() };
}

const ok = { status: 204, text: '' };

describe('sender', () => {
	it('delivers oldest first and releases', async () => {
		const { posts, stats, sleeps } = await run([ok, ok, ok], 3);
		expect(posts.map((p) => p.body)).toEqual([[0], [1], [2]]);
		expect(posts[1]).toMatchObject({ id: '00000001000000000000000000000000', user: 'test' });
		expect(stats).toMatchObject({ received: 3, sent: 3, errors: 0, dropped: {} });
		expect(sleeps).toEqual([]);
	});

	it('retries what may pass, with growing pauses up to the longest, in order', async () => {
		const bad = { status: 503, text: 'busy' };
		const { posts, stats, sleeps } = await run(
			[new Error('refused'), bad, bad, { ...bad, status: 429 }, ok, ok],
			2,
			1500,
		);
		expect(posts.map((p) => p.body[0])).toEqual([0, 0, 0, 0, 0, 1]);
		expect(new Set(posts.slice(0, 5).map((p) => p.id)).size).toBe(1);
		expect(sleeps).toEqual([375, 750, 1125, 1125]);
		expect(stats).toMatchObject({ sent: 2, errors: 4 });
	});

	it('honours Retry-After in seconds and as a date', async () => {
		const date = new Date(1_790_000_000_000 + 90_000).toUTCString();
		const { sleeps } = await run(
			[{ status: 503, text: '', retryAfter: '7' }, { status: 429, text: '', retryAfter: date }, ok],
			1,
		);
		expect(sleeps).toEqual([7000, 90_000]);
	});

	it('drops what the receiver calls bad, counts it by status and goes on', async () => {
		const { stats } = await run(
			[{ status: 400, text: 'bad' }, { status: 401, text: '' }, { status: 400, text: '' }, ok],
			4,
		);
		expect(stats).toMatchObject({ sent: 1, dropped: { '400': 2, '401': 1 }, errors: 0 });
	});

	it('keeps what is refused in a way that another configuration mends', async () => {
		const refused = { status: 401, text: '' };
		const { posts, stats } = await run([refused, refused, ok, { ...refused, status: 400 }], 2, 20_000, [401]);
		expect(posts.map((p) => p.body[0])).toEqual([0, 0, 0, 1]);
		expect(stats).toMatchObject({ sent: 1, dropped: { '400': 1 }, errors: 2 });
	});

	it('stops in the middle of a try and keeps the record', async () => {
		const clock = fakeClock();
		const spool = await Spool.open({ files: new MemorySegmentFiles(), name: 't', maxBytes: 1 << 20, clock });
		await spool.append({ kind: 5, batchId: id(1), payload: new Uint8Array([1]) });
		let asked: () => void = () => {};
		const posted = new Promise<void>((resolve) => {
			asked = resolve;
		});
		const sender = new Sender({
			spool,
			clock,
			random: () => 0,
			log: silentLogger,
			headers: () => ({}),
			post: (_body, _headers, signal) => {
				asked();
				return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
			},
		});
		sender.start();
		await posted;
		await sender.stop();
		expect((await spool.read(spool.head(), 1)).length).toBe(1);
	});

	it('tries again at once when it is woken', async () => {
		const spool = await Spool.open({
			files: new MemorySegmentFiles(),
			name: 't',
			maxBytes: 1 << 20,
			clock: fakeClock(),
		});
		await spool.append({ kind: 5, batchId: id(1), payload: new Uint8Array([1]) });
		let isResting = false;
		let isAway = true;
		const sender = new Sender({
			spool,
			clock: {
				now: () => 0,
				// Never ends by itself.
				sleep: (ms, signal) => {
					isResting ||= ms !== 30_000;
					return new Promise((done) => signal?.addEventListener('abort', () => done()));
				},
			},
			random: () => 0,
			log: silentLogger,
			headers: () => ({}),
			post: async () => ({ status: isAway ? 503 : 200, text: '' }),
		});
		sender.start();
		await expect.poll(() => isResting).toBe(true);
		isAway = false;
		sender.wake();
		await expect.poll(() => sender.stats().sent).toBe(1);
		await sender.stop();
	});
});
