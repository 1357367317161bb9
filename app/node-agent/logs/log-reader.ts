/**
 * Reads the logs of all containers and puts their records into the spool, together with the offsets that they bring: one
 * record on disk says both, so that nothing is lost or doubled, whenever the agent dies.
 */

import { statSync } from 'node:fs';
import { CoreError, type LogParser } from '../../../core-as/facade/index.ts';
import type { Clock } from '../../clock.ts';
import { RECORD_KIND } from '../../delivery/record.ts';
import type { Spool } from '../../delivery/spool.ts';
import type { Labels } from '../../exposition/labels.ts';
import type { Snapshot } from '../../exposition/snapshot.ts';
import type { Logger } from '../../logging/logger.ts';
import { type ExportOptions, encodeContainers } from '../otlp/container-export.ts';
import type { StageNumbers } from '../self-metrics.ts';
import type { DiscoveredLog } from './log-discovery.ts';
import { LogMetrics } from './log-metrics.ts';
import { encodeState, type FilePlace, type LogOffsets } from './log-offsets.ts';
import { LogTail } from './log-tail.ts';

const DISCOVER_MS = 5_000;
/** A log that nobody holds open any more is still read for this long. */
const FORGET_MS = 60_000;
const BUFFER_BYTES = 256 << 10;
/** File systems stamp with a clock that lags; what is this young is read from its beginning. */
const BIRTH_SLACK_MS = 1_000;
/** One request holds about this much, and the places of at most as many files, which must fit a record's state. */
const MAX_BATCH_BYTES = 1 << 20;
const MAX_BATCH_FILES = 100;
/** One round reads at most this much, so that other work comes in between. */
const MAX_ROUND_BYTES = 16 << 20;
/** Files that are followed at once; more are left out and counted. */
const MAX_TAILS = 1_000;

export interface LogReaderOptions extends ExportOptions {
	discover: () => DiscoveredLog[];
	parser: LogParser;
	maxPatterns: number;
	spool: Pick<Spool, 'append'>;
	offsets: LogOffsets;
	/** Makes the offsets durable outside of records: where a file begins to be read stands in none. */
	save: () => void;
	/** 16 fresh random bytes. */
	batchId: () => Uint8Array;
	nodeLabels: Labels;
	clock: Clock;
	log: Logger;
}

interface Followed {
	log: DiscoveredLog;
	tail: LogTail;
	metrics: LogMetrics;
	seenAt: number;
}

interface Batch {
	parts: Map<string, Uint8Array[]>;
	bytes: number;
	records: number;
	files: Map<string, FilePlace>;
}

export class LogReader {
	readonly #options: LogReaderOptions;
	readonly #buffer = new Uint8Array(BUFFER_BYTES);
	readonly #tails = new Map<string, Followed>();
	readonly #startedAt: number;
	#discoveredAt = Number.NEGATIVE_INFINITY;
	/** Not on disk yet: the spool was full. Nothing more is read before it is. */
	#batch: Batch | undefined;
	#round: Promise<void> = Promise.resolve();
	#received = 0;
	#sent = 0;
	#errors = 0;
	#dropped = { trap_bytes: 0, files: 0 };
	#gone = { lines: 0, cut: 0, malformed: 0, truncations: 0 };

	constructor(options: LogReaderOptions) {
		this.#options = options;
		this.#startedAt = options.clock.now();
	}

	/** Reads what is there; resolves when it is on disk. */
	read(): Promise<void> {
		this.#round = this.#round.then(() => this.#read()).catch((error) => this.#fail(error));
		return this.#round;
	}

	collect(snapshot: Snapshot): void {
		for (const { tail, metrics } of this.#tails.values()) metrics.collect(snapshot, tail.counts());
	}

	/** Records; `cut_lines`, `malformed_lines` and `truncated_files` are no drops of whole records. */
	stats(): StageNumbers {
		const sum = { ...this.#gone };
		for (const { tail } of this.#tails.values()) addCounts(sum, tail);
		return {
			stage: 'logs',
			received: this.#received,
			sent: this.#sent,
			dropped: {
				...this.#dropped,
				cut_lines: sum.cut,
				malformed_lines: sum.malformed,
				truncated_files: sum.truncations,
			},
			errors: this.#errors,
			fill: this.#tails.size / MAX_TAILS,
		};
	}

	/** A last round. */
	async close(): Promise<void> {
		await this.read();
		for (const { tail } of this.#tails.values()) tail.close();
		this.#tails.clear();
	}

	async #read(): Promise<void> {
		const { clock } = this.#options;
		if (this.#batch !== undefined) await this.#append(this.#batch);
		const now = clock.now();
		if (now - this.#discoveredAt >= DISCOVER_MS) this.#discover(now);
		let left = MAX_ROUND_BYTES;
		for (const [key, followed] of this.#tails) {
			for (let more = true; more && left > 0; ) {
				const before = followed.tail.bytes;
				more = this.#readTail(key, followed);
				left -= followed.tail.bytes - before;
				const batch = this.#batch as Batch | undefined;
				if (batch && (batch.bytes >= MAX_BATCH_BYTES || batch.files.size >= MAX_BATCH_FILES))
					await this.#append(batch);
			}
		}
		if (this.#batch !== undefined) await this.#append(this.#batch);
	}

	/** True when there may be more at once. */
	#readTail(key: string, { log, tail }: Followed): boolean {
		const nanos = BigInt(Math.round(this.#options.clock.now())) * 1_000_000n;
		const before = tail.bytes;
		try {
			const { fed, more } = tail.read(this.#buffer, nanos);
			if (fed !== undefined && fed.count > 0) {
				this.#batch ??= { parts: new Map(), bytes: 0, records: 0, files: new Map() };
				const batch = this.#batch;
				const known = batch.parts.get(log.container);
				if (known) known.push(fed.records);
				else batch.parts.set(log.container, [fed.records]);
				batch.bytes += fed.records.length;
				batch.records += fed.count;
				batch.files.set(key, tail.place()!);
				this.#received += fed.count;
			}
			return more;
		} catch (error) {
			if (!(error instanceof CoreError)) throw error;
			this.#errors++;
			this.#dropped.trap_bytes += tail.bytes - before;
			this.#options.log.error('the parser of logs failed over some bytes, which are lost', {
				...{ container: log.container, source: log.source, bytes: tail.bytes - before, error },
			});
			return false;
		}
	}

	async #append(batch: Batch): Promise<void> {
		this.#batch = batch;
		const { spool, batchId, offsets } = this.#options;
		const payload = encodeContainers(batch.parts, this.#options);
		const state = { sequence: offsets.next(), files: Object.fromEntries(batch.files) };
		await spool.append({
			kind: RECORD_KIND.logs,
			batchId: batchId(),
			payload,
			sourceState: encodeState(state),
		});
		offsets.apply(state);
		this.#batch = undefined;
		this.#sent += batch.records;
	}

	#discover(now: number): void {
		this.#discoveredAt = now;
		const begun: Record<string, FilePlace> = {};
		const files = new Set([...this.#tails.values()].map(({ tail }) => tail.place()?.file));
		for (const log of this.#options.discover()) {
			const key = `${log.container} ${log.source}`;
			const known = this.#tails.get(key);
			if (known !== undefined) {
				known.seenAt = now;
				known.tail.path = log.path;
				continue;
			}
			const file = fileOf(log.path);
			// Gone again, or followed already for another container.
			if (file === undefined || files.has(file)) continue;
			if (this.#tails.size >= MAX_TAILS) {
				this.#dropped.files++;
				continue;
			}
			files.add(file);
			const { parser, maxPatterns, offsets, clock, nodeLabels } = this.#options;
			const tail = new LogTail({
				...{ path: log.path, format: log.format, parser, maxPatterns },
				resume: offsets.get(key),
				since: this.#startedAt - BIRTH_SLACK_MS,
				now: () => clock.now(),
			});
			const metrics = new LogMetrics(nodeLabels, log.container, log.source);
			this.#tails.set(key, { log, tail, metrics, seenAt: now });
			const place = offsets.get(key) === undefined ? tail.place() : undefined;
			if (place !== undefined) begun[key] = place;
		}
		if (Object.keys(begun).length > 0) {
			this.#options.offsets.apply({ sequence: this.#options.offsets.next(), files: begun });
			this.#options.save();
		}
		for (const [key, followed] of this.#tails) {
			if (now - followed.seenAt < FORGET_MS) continue;
			addCounts(this.#gone, followed.tail);
			followed.tail.close();
			this.#tails.delete(key);
		}
	}

	#fail(error: unknown): void {
		this.#errors++;
		this.#options.log.error('a round of logs failed and is tried again', { error });
	}
}

function addCounts(
	to: { lines: number; cut: number; malformed: number; truncations: number },
	tail: LogTail,
): void {
	const { lines, cut, malformed } = tail.counts();
	to.lines += lines;
	to.cut += cut;
	to.malformed += malformed;
	to.truncations += tail.truncations;
}

/** Device and inode. */
function fileOf(path: string): string | undefined {
	try {
		const { dev, ino } = statSync(path, { bigint: true });
		return `${dev}:${ino}`;
	} catch {
		return undefined;
	}
}
