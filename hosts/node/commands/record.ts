import { type FileHandle, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describeOptions, type Option, readOptions, UsageError } from '../../../app/command-line/options.ts';
import { parseDuration, wrongValue } from '../../../app/command-line/values.ts';
import { BLOCK_KIND, encodeBlock } from '../../../app/server/recording/recording-file.ts';
import { RecordingReader } from '../../../app/server/recording/recording-reader.ts';
import { summarise } from '../../../app/server/recording/replay.ts';
import { zlibInflate } from '../inflate/zlib-inflate.ts';
import type { Command } from './codexray.ts';
import { describeRecording } from './recording-words.ts';
import { SERVER_ACCESS_OPTIONS, serverAccess } from './server-access.ts';

const OPTIONS: readonly Option[] = [
	{
		flag: 'for',
		value: 'DURATION',
		env: ['CODEXRAY_RECORD_FOR'],
		fallback: '5m',
		help: 'how long; Ctrl-C ends it earlier',
	},
	...SERVER_ACCESS_OPTIONS,
];
const MAX_MS = 24 * 3_600_000;

async function run(args: string[]): Promise<number> {
	const values = readOptions(OPTIONS, args, process.env, ['FILE']);
	const forText = values.text('for');
	const ms = parseDuration('for', forText);
	if (ms === 0 || ms > MAX_MS) throw wrongValue('for', forText, 'a duration up to 24h, for example 5m');
	const { url, key } = serverAccess(values);
	const path = resolve(values.words[0]!);
	const stop = new AbortController();
	for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
	const file = await create(path);
	try {
		const response = await fetch(`${url}/api/recording?seconds=${ms / 1000}`, {
			headers: { 'X-API-Key': key },
			redirect: 'error',
			signal: stop.signal,
		}).catch((error: Error) => {
			throw new Error(
				`${url} does not answer: ${(error.cause as Error | undefined)?.message ?? error.message}`,
			);
		});
		if (!response.ok)
			throw new Error(`${url} answers ${response.status}: ${(await response.text()).slice(0, 500)}`);
		console.log(`Recording what ${url} accepts into ${path}, for ${forText}. Ctrl-C ends it.`);
		await save(response.body!, file, stop.signal);
	} finally {
		await file.close();
	}
	const summary = await summarise(await readerOf(path));
	console.log(describeRecording(summary));
	return summary.fault === null ? 0 : 1;
}

/** What others sent stands in it: it is for its owner. */
async function create(path: string): Promise<FileHandle> {
	try {
		return await open(path, 'wx', 0o600);
	} catch (error) {
		const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
		throw new UsageError(exists ? `${path} is there already` : (error as Error).message);
	}
}

/** Whole blocks only; one that is stopped gets its end here. */
async function save(body: ReadableStream<Uint8Array>, file: FileHandle, stop: AbortSignal): Promise<void> {
	const reader = new RecordingReader(untilStopped(body, stop), zlibInflate);
	await file.write((await reader.start()).bytes);
	for await (const { bytes } of reader.blocks()) await file.write(bytes);
	if (stop.aborted) await file.write(await encodeBlock(BLOCK_KIND.end, [], reader.lost));
}

/** What comes until it ends; that the connection broke shows in the bytes. */
async function* untilStopped(body: ReadableStream<Uint8Array>, stop: AbortSignal) {
	try {
		yield* body;
	} catch (error) {
		if (!stop.aborted) console.error(`The connection broke: ${(error as Error).message}`);
	}
}

export async function readerOf(path: string): Promise<RecordingReader> {
	const file = await open(path, 'r');
	return new RecordingReader(file.createReadStream({ highWaterMark: 1 << 20 }), zlibInflate);
}

/** `codexray record`: what a server accepts, as a file. */
export const record: Command = {
	summary: 'write what a server accepts into a file, without secrets',
	help: () => `codexray record FILE [OPTIONS]

Writes metrics, logs, traces and profiles that a running server accepts into FILE, for \`codexray replay\`. Keys, cookies,
passwords, literals of statements and values of query strings are replaced before they leave the server; docs/operations.md
says exactly what is and what is not.

${describeOptions(OPTIONS)}
`,
	run,
};
