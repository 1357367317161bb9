import { describe, expect, it } from 'vitest';
import { zlibInflate } from '../../../hosts/node/inflate/zlib-inflate.ts';
import { decodeWriteRequest } from '../../node-agent/testing/decode-write-request.ts';
import { remoteWriteBody } from '../testing/remote-write-body.ts';
import type { RecordedBody } from './recorded-body.ts';
import { BLOCK_KIND, encodeBlock, encodeBody, encodeFileHeader } from './recording-file.ts';
import { RecordingReader } from './recording-reader.ts';
import { type ReplayOptions, replay, summarise } from './replay.ts';

const STARTED = 1_700_000_000_000;
const NOW = 1_800_000_000_000;

/** Bodies accepted 0, 10 and 20 s after the start, each with one sample of its time. */
const bodies = [0, 10_000, 20_000].map((at): RecordedBody => {
	const body = remoteWriteBody([{ labels: { __name__: 'm' }, samples: [[STARTED + at, 1]] }]);
	return { signal: 'metrics', acceptedAt: STARTED + at, source: null, body };
});

async function reader(lost = 0): Promise<RecordingReader> {
	const parts = [
		encodeFileHeader(STARTED),
		await encodeBlock(BLOCK_KIND.bodies, bodies.map(encodeBody), lost),
		await encodeBlock(BLOCK_KIND.end, [], lost),
	];
	return new RecordingReader(
		(async function* () {
			yield* parts;
		})(),
		zlibInflate,
	);
}

/** Replays with a clock that sleeps in no time; resolves with what was posted: when, and the time of its sample. */
async function played(options: Partial<ReplayOptions> = {}) {
	const time = { now: NOW };
	const posted: { at: number; sample: number }[] = [];
	const counts = await replay({
		reader: await reader(),
		summary: await summarise(await reader()),
		speed: 1,
		now: false,
		post: async ({ body }) => {
			const sample = decodeWriteRequest(body).timeseries[0]!.samples[0]!.timestamp;
			posted.push({ at: time.now - NOW, sample });
			return null;
		},
		clock: {
			now: () => time.now,
			sleep: async (ms) => {
				time.now += ms;
			},
		},
		signal: new AbortController().signal,
		...options,
	});
	return { counts, posted };
}

describe('replay', () => {
	it('keeps the pace, and times as they were', async () => {
		const { counts, posted } = await played();
		expect(posted).toEqual([0, 10_000, 20_000].map((at) => ({ at, sample: STARTED + at })));
		expect(counts).toEqual({ sent: 3, refused: {}, lateMs: 0 });
	});

	it.each([
		['at its pace the recording begins now', 1, [0, 10_000, 20_000], [0, 10_000, 20_000]],
		['twice as fast it ends when the replay does', 2, [0, 5_000, 10_000], [-10_000, 0, 10_000]],
		['without pauses it ends now', Infinity, [0, 0, 0], [-20_000, -10_000, 0]],
		['slower it begins now', 0.5, [0, 20_000, 40_000], [0, 10_000, 20_000]],
	])('with --now %s, and nothing lies in the future', async (_name, speed, at, samples) => {
		const { posted } = await played({ speed, now: true });
		expect(posted.map((each) => each.at)).toEqual(at);
		expect(posted.map((each) => each.sample - NOW)).toEqual(samples);
		for (const each of posted) expect(each.sample - NOW).toBeLessThanOrEqual(each.at);
	});

	it('counts refusals by reason, and stops when it is told to', async () => {
		const stop = new AbortController();
		let n = 0;
		const { counts } = await played({
			signal: stop.signal,
			post: async () => {
				if (++n === 3) stop.abort();
				return '400 no';
			},
		});
		expect(counts).toMatchObject({ sent: 2, refused: { '400 no': 2 } });
	});

	it('a summary says what is in it and what is not', async () => {
		expect(await summarise(await reader(4))).toEqual({
			startedAt: STARTED,
			endedAt: STARTED + 20_000,
			bodies: { metrics: 3, logs: 0, traces: 0, profiles: 0, 'otlp-metrics': 0 },
			lost: 4,
			fault: null,
		});
	});
});
