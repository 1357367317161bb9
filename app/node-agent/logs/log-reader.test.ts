import {
	appendFileSync,
	copyFileSync,
	mkdtempSync,
	renameSync,
	rmSync,
	truncateSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createCodec, createLogParser } from '../../../core-as/facade/index.ts';
import { builtModules } from '../../../core-as/testing/modules.ts';
import { otlpDecoded } from '../../../core-as/testing/otlp-body.ts';
import { Random } from '../../../core-as/testing/random.ts';
import type { RecordInput } from '../../delivery/record.ts';
import { Labels } from '../../exposition/labels.ts';
import { Snapshot } from '../../exposition/snapshot.ts';
import { silentLogger } from '../../logging/logger.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { decodeState, LogOffsets } from './log-offsets.ts';
import { LogReader } from './log-reader.ts';

/** Is told of each look at a file, before it. */
const looked: { at: (path: string) => void } = { at: () => {} };
vi.mock('node:fs', async (original) => {
	const fs = await original<typeof import('node:fs')>();
	const statSync = (path: string, options: { bigint: true }) => {
		looked.at(path);
		return fs.statSync(path, options);
	};
	return { ...fs, statSync };
});

// Real files under a reader that may die at any moment; the spool is a list, which is what the disk would hold.

const modules = await builtModules();
const encoder = createCodec(modules);
const folders: string[] = [];
afterEach(() => {
	looked.at = () => {};
	for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function setUp() {
	const dir = mkdtempSync(join(tmpdir(), 'codexray-logs-'));
	folders.push(dir);
	const path = join(dir, 'app.log');
	const clock = new ManualClock(Date.now());
	const records: RecordInput[] = [];
	let full = false;
	let saved = '';
	/** An agent that knows what is on disk, and nothing else. */
	const start = () => {
		const offsets = new LogOffsets();
		const state = decodeState(saved);
		if (state) offsets.apply(state);
		for (const { sourceState } of records) offsets.apply(decodeState(sourceState!)!);
		return new LogReader({
			discover: () => [{ path, source: '/var/log/app.log', container: '/docker/shop', format: 'plain' }],
			parser: createLogParser(modules),
			maxPatterns: 256,
			spool: {
				async append(record: RecordInput) {
					if (full) throw new Error('full');
					records.push(record);
					return { segment: 0, offset: 0 };
				},
			},
			offsets,
			save: () => {
				saved = offsets.encode();
			},
			host: { name: 'node', id: 'abc' },
			scope: { name: 'agent', version: '1' },
			encoder,
			batchId: () => new Uint8Array(16),
			nodeLabels: new Labels([]),
			clock,
			log: silentLogger,
		});
	};
	const bodies = () =>
		records.flatMap(({ payload }) =>
			otlpDecoded<{
				resourceLogs: { scopeLogs: { logRecords: { body: { stringValue: string } }[] }[] }[];
			}>('Logs', payload).resourceLogs.flatMap(({ scopeLogs }) =>
				scopeLogs.flatMap(({ logRecords }) => logRecords.map(({ body }) => body.stringValue)),
			),
		);
	/** Time passes, so that messages are complete and rotated files are left. */
	const rounds = async (reader: LogReader, count = 4) => {
		for (let i = 0; i < count; i++) {
			await reader.read();
			clock.advance(1_100);
		}
	};
	return {
		...{ dir, path, clock, records, start, bodies, rounds },
		setFull(value: boolean) {
			full = value;
		},
	};
}

describe('a log file', () => {
	test('that is there already is read from its end, one that comes later from its beginning', async () => {
		const { path, start, bodies, rounds, clock } = setUp();
		writeFileSync(path, 'old\n');
		clock.advance(10_000);
		const reader = start();
		await rounds(reader, 1);
		appendFileSync(path, 'new\n');
		await rounds(reader);
		expect(bodies()).toEqual(['new']);
		const other = setUp();
		const second = other.start();
		await other.rounds(second, 1);
		writeFileSync(other.path, 'first\nsecond');
		other.clock.advance(6_000);
		await other.rounds(second);
		expect(other.bodies()).toEqual(['first', 'second']);
	});

	test('that is renamed is read to its end, also what is still written to it', async () => {
		const { path, start, bodies, rounds } = setUp();
		const reader = start();
		writeFileSync(path, 'a\n');
		await rounds(reader, 2);
		appendFileSync(path, 'b\n');
		renameSync(path, `${path}.1`);
		writeFileSync(path, 'd\n');
		await rounds(reader, 1);
		appendFileSync(`${path}.1`, 'c\n');
		await rounds(reader, 8);
		expect(bodies()).toEqual(['a', 'b', 'c', 'd']);
	});

	test('rotated twice while the agent was away', async () => {
		const { path, start, bodies, rounds } = setUp();
		const reader = start();
		writeFileSync(path, 'a\n');
		await rounds(reader, 4);
		await reader.close();
		appendFileSync(path, 'b\n');
		renameSync(path, `${path}.2`);
		await new Promise((resolve) => setTimeout(resolve, 20));
		writeFileSync(path, 'c\n');
		renameSync(path, `${path}.1`);
		await new Promise((resolve) => setTimeout(resolve, 20));
		writeFileSync(path, 'd\n');
		await rounds(start(), 8);
		expect(bodies()).toEqual(['a', 'b', 'c', 'd']);
	});

	test.each([1, 2, 3, 4])(
		'rotated while the reader looks from name to name for what comes next, look %i',
		async (rotateAt) => {
			const { path, start, bodies, rounds } = setUp();
			const reader = start();
			writeFileSync(path, 'a\n');
			await rounds(reader, 2);
			const later = () => new Promise((resolve) => setTimeout(resolve, 20));
			rmSync(path);
			await later();
			writeFileSync(`${path}.2`, 'b\n');
			await later();
			writeFileSync(`${path}.1`, 'c\n');
			await later();
			writeFileSync(path, 'd\n');
			await later();
			const looks: string[] = [];
			looked.at = (name) => {
				if (name === `${path}.1` && looks.push(name) === rotateAt) {
					for (const n of [2, 1]) renameSync(`${path}.${n}`, `${path}.${n + 1}`);
					renameSync(path, `${path}.1`);
					writeFileSync(path, 'e\n');
				}
			};
			await rounds(reader, 16);
			expect(bodies()).toEqual(['a', 'b', 'c', 'd', 'e']);
		},
	);

	test('that is copied and truncated goes on at its beginning, which is counted', async () => {
		const { path, start, bodies, rounds } = setUp();
		const reader = start();
		writeFileSync(path, 'first line\n');
		await rounds(reader, 3);
		copyFileSync(path, `${path}.1`);
		truncateSync(path);
		appendFileSync(path, 'another line, longer than the first one\n');
		await rounds(reader, 3);
		expect(bodies()).toEqual(['first line', 'another line, longer than the first one']);
		expect(reader.stats().dropped).toMatchObject({ truncated_files: 1 });
	});

	test('nothing is read on while the spool is full, and nothing is lost', async () => {
		const { path, start, bodies, rounds, setFull } = setUp();
		const reader = start();
		writeFileSync(path, 'a\nb\n');
		setFull(true);
		await rounds(reader, 3);
		appendFileSync(path, 'c\n');
		await rounds(reader, 2);
		setFull(false);
		await rounds(reader, 3);
		expect(bodies()).toEqual(['a', 'b', 'c']);
		expect(reader.stats()).toMatchObject({ received: 3, sent: 3 });
	});

	test('messages are counted by severity and pattern', async () => {
		const { path, start, rounds } = setUp();
		const reader = start();
		writeFileSync(path, 'INFO fine\nERROR user bob is gone\nERROR user eve is gone\n');
		await rounds(reader);
		const snapshot = new Snapshot(0);
		reader.collect(snapshot);
		const [family] = snapshot.families();
		expect(family!.name).toBe('container_log_messages_total');
		expect(family!.samples.map(({ labels, value }) => [Object.fromEntries(labels.pairs), value])).toEqual([
			[expect.objectContaining({ level: 'info', pattern_hash: '', source: '/var/log/app.log' }), 1],
			[expect.objectContaining({ level: 'error', sample: 'ERROR user bob is gone' }), 2],
		]);
	});
});

test.each([1, 2, 3, 4, 5, 6])(
	'torture %i: written, rotated, cut and killed at random, every line comes once',
	async (seed) => {
		const { path, start, bodies, rounds, clock } = setUp();
		const random = new Random(seed);
		const written: string[] = [];
		let reader = start();
		writeFileSync(path, '');
		await rounds(reader, 1);
		let half = '';
		let rotation = 0;
		for (let step = 0; step < 150; step++) {
			const what = random.below(20);
			if (what < 12) {
				const lines = Array.from({ length: 1 + random.below(20) }, () =>
					`${seed}-${written.length}-${random.u32()} ${'x'.repeat(random.below(200))}`.trimEnd(),
				);
				for (const line of lines) {
					const text = `${line}\n`;
					const cut = random.below(4) === 0 ? random.below(text.length) : text.length;
					appendFileSync(path, half + text.slice(0, cut));
					half = text.slice(cut);
					written.push(line);
					if (half !== '' && random.below(3) === 0) await reader.read();
				}
				appendFileSync(path, half);
				half = '';
			} else if (what < 14) {
				renameSync(path, `${path}.${++rotation}`);
				writeFileSync(path, '');
				// Rotation is seldom: each has its time stamp.
				await new Promise((resolve) => setTimeout(resolve, 25));
			} else if (what < 16) {
				// kill -9: what is not on disk is forgotten.
				reader = start();
			} else if (what === 16) {
				clock.advance(1_100);
			}
			if (random.below(2) === 0) await reader.read();
		}
		await rounds(reader, 3 * rotation + 8);
		const found = bodies();
		const first = written.findIndex((line, i) => found[i] !== line);
		expect([first, found.length, found[first], written[first]]).toEqual([
			-1,
			written.length,
			undefined,
			undefined,
		]);
	},
);

test('a line of a megabyte is cut and counted, those around it are whole', async () => {
	const { path, start, bodies, rounds } = setUp();
	const reader = start();
	writeFileSync(path, `before\n${'y'.repeat(1 << 20)}\nafter \xff\n`, 'latin1');
	await rounds(reader);
	expect(bodies().map((body) => body.slice(0, 10))).toEqual(['before', 'yyyyyyyyyy', 'after \ufffd']);
	expect(reader.stats().dropped!.cut_lines).toBeGreaterThan(0);
});
