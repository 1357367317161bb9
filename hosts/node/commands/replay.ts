import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import protobuf from 'protobufjs/minimal.js';
import { systemClock } from '../../../app/clock.ts';
import { describeOptions, type Option, readOptions, UsageError } from '../../../app/command-line/options.ts';
import { wrongValue } from '../../../app/command-line/values.ts';
import type { RecordedBody } from '../../../app/server/recording/recorded-body.ts';
import { type PostBody, replay as play, summarise } from '../../../app/server/recording/replay.ts';
import { createCodec } from '../../../core-as/facade/index.ts';
import { loadCoreModules } from '../wasm/core-modules.ts';
import type { Command } from './codexray.ts';
import { coreDir } from './paths.ts';
import { readerOf } from './record.ts';
import { describeRecording } from './recording-words.ts';
import { SERVER_ACCESS_OPTIONS, type ServerAccess, serverAccess } from './server-access.ts';

const OPTIONS: readonly Option[] = [
	{
		flag: 'speed',
		value: 'N|max',
		env: ['CODEXRAY_REPLAY_SPEED'],
		fallback: '1',
		help: 'times the pace of the recording, or without pauses',
	},
	{
		flag: 'now',
		env: ['CODEXRAY_REPLAY_NOW'],
		help: 'moves all times to now: the recording ends when its replay does',
	},
	...SERVER_ACCESS_OPTIONS,
];
/** How often and how long a server that is busy or away is asked again. */
const TRIES = 12;
const RETRY_MS = 5_000;
const ANSWER_WITHIN_MS = 60_000;

async function run(args: string[]): Promise<number> {
	const values = readOptions(OPTIONS, args, process.env, ['FILE']);
	const speedText = values.text('speed');
	const speed = speedText === 'max' ? Infinity : Number(speedText);
	if (!(speed > 0)) throw wrongValue('speed', speedText, 'a number above 0, for example 10, or max');
	const access = serverAccess(values);
	const path = resolve(values.words[0]!);
	const reader = await readerOf(path).catch((error: Error) => {
		throw new UsageError(error.message);
	});
	const summary = await summarise(reader);
	console.log(describeRecording(summary));
	const stop = new AbortController();
	for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
	const counts = await play({
		reader: await readerOf(path),
		summary,
		speed,
		now: values.on('now'),
		post: await poster(access),
		clock: systemClock,
		signal: stop.signal,
	});
	const late = counts.lateMs > 1_000 ? `, the last one ${(counts.lateMs / 1000).toFixed(1)} s late` : '';
	console.log(`Sent ${counts.sent} bodies to ${access.url}${late}.`);
	for (const [reason, n] of Object.entries(counts.refused)) console.log(`${n} were refused: ${reason}`);
	return Object.keys(counts.refused).length > 0 || summary.fault !== null ? 1 : 0;
}

/** Sends bodies to a server, with patience where it is busy or away. */
export async function poster({ url, key }: ServerAccess): Promise<PostBody> {
	const codec = createCodec(await loadCoreModules(coreDir));
	return async (body, stop) => {
		const { path, encoding, wire } = requestOf(body, (plain) => codec.snappyCompress(plain));
		for (let tries = 1; ; tries++) {
			const answer = await fetch(`${url}${path}`, {
				method: 'POST',
				headers: {
					'X-API-Key': key,
					'Content-Type': 'application/x-protobuf',
					'Content-Encoding': encoding,
				},
				body: wire as Uint8Array<ArrayBuffer>,
				redirect: 'manual',
				signal: AbortSignal.any([stop, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
			}).catch((error: Error) => (error.cause as Error | undefined) ?? error);
			if (stop.aborted) return null;
			const busy = answer instanceof Error || answer.status === 429 || answer.status === 503;
			if (busy && tries < TRIES) {
				await systemClock.sleep(RETRY_MS, stop);
				continue;
			}
			if (answer instanceof Error) throw new Error(`${url} does not answer: ${answer.message}`);
			return refusalOf(body, answer);
		}
	};
}

function requestOf(body: RecordedBody, snappy: (plain: Uint8Array) => Uint8Array) {
	if (body.signal === 'metrics')
		return { path: '/api/v1/write', encoding: 'snappy', wire: snappy(body.body) };
	// A profile is gzip of its own, an OTLP body is encoded so.
	const wire = gzipSync(body.body);
	if (body.signal === 'profiles') return { path: profilePath(body), encoding: 'identity', wire };
	return {
		path: body.signal === 'otlp-metrics' ? '/v1/metrics' : `/v1/${body.signal}`,
		encoding: 'gzip',
		wire,
	};
}

function profilePath({ source }: RecordedBody): string {
	const { service, container, host, labels } = source!;
	const names = { 'service.name': service, 'container.id': container, 'host.name': host, ...labels };
	return `/v1/profiles?${new URLSearchParams(Object.entries(names).filter(([, value]) => value !== ''))}`;
}

/** Why not all of it was taken; null where it was. Without numbers that differ each time, so that they can be counted. */
async function refusalOf(body: RecordedBody, answer: Response): Promise<string | null> {
	const bytes = new Uint8Array(await answer.arrayBuffer());
	const isOtlp = body.signal !== 'metrics' && body.signal !== 'profiles';
	if (answer.ok) return isOtlp ? partialSuccess(bytes) : null;
	const text = new TextDecoder().decode(bytes);
	const type = answer.headers.get('content-type') ?? '';
	const words = type.includes('protobuf') ? statusText(bytes) : text;
	return `${answer.status} ${words.slice(0, 300)}`;
}

/** `error_message` of an Export*PartialSuccess, field 1 of every OTLP answer. */
function partialSuccess(bytes: Uint8Array): string | null {
	const inner = bytesField(bytes, 1);
	return inner === null ? null : `in part: ${statusText(inner)}`;
}

/** Field 2: the words of google.rpc.Status and of a partial success. */
function statusText(bytes: Uint8Array): string {
	return new TextDecoder().decode(bytesField(bytes, 2) ?? new Uint8Array(0));
}

function bytesField(bytes: Uint8Array, number: number): Uint8Array | null {
	const reader = protobuf.Reader.create(bytes);
	while (reader.pos < reader.len) {
		const tag = reader.uint32();
		if (tag === ((number << 3) | 2)) return reader.bytes();
		reader.skipType(tag & 7);
	}
	return null;
}

/** `codexray replay`: sends a recording to a server. */
export const replay: Command = {
	summary: 'send a recording to a server',
	help: () => `codexray replay FILE [OPTIONS]

Sends what \`codexray record\` wrote to a server, in its order and at its pace. Without --now, times are those of the
recording, and a server takes none that are older than its retention.

${describeOptions(OPTIONS)}
`,
	run,
};
