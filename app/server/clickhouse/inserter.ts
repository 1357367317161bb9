import type { Clock } from '../../clock.ts';
import { comparePositions, type Position, RECORD_KIND, type SpoolRecord } from '../../delivery/record.ts';
import type { Spool } from '../../delivery/spool.ts';
import type { Logger } from '../../logging/logger.ts';
import type { Faults } from '../faults.ts';
import { decodeRowBlock } from '../ingest/row-block.ts';
import type { SettingsStore } from '../settings.ts';
import { addTo, type StageStats } from '../stage.ts';
import { type Engine, EngineError } from './engine.ts';
import { COLUMNS, SCHEMA_VERSION, type Signal } from './schema.ts';
import type { Tables } from './tables.ts';

/** One insert holds this many rows, or what came within MAX_WAIT_MS; a request is never split. */
const MAX_ROWS = 5_000;
const MAX_WAIT_MS = 1_000;
const MAX_BYTES = 32 * 1024 * 1024;
const READ_BYTES = 8 * 1024 * 1024;
const POLL_MS = 100;
const FIRST_BACKOFF_MS = 200;
const LAST_BACKOFF_MS = 10_000;

/** Records of a spool that are inserted together. */
interface Batch {
	from: Position;
	to: Position;
	records: SpoolRecord[];
}

export interface InserterOptions {
	signal: Signal;
	spool: Spool;
	engine: Engine;
	tables: Tables;
	/** Keeps the spool's id and the bounds of the batch that is being inserted. */
	settings: Pick<SettingsStore, 'get' | 'set'>;
	clock: Clock;
	log: Logger;
	faults: Faults;
}

/**
 * Takes row blocks out of a spool and inserts them, oldest first; releases what the engine acknowledged. The bounds of
 * a batch are noted before it is sent, so that after a crash the same batch goes out under the same token.
 */
export class Inserter {
	readonly #o: InserterOptions;
	readonly #stop = new AbortController();
	#running: Promise<void> | null = null;
	#spoolId = '';
	#received = 0;
	#sent = 0;
	#errors = 0;
	#dropped: Record<string, number> = {};
	#failing: string | null = null;

	constructor(o: InserterOptions) {
		this.#o = o;
	}

	start(): void {
		this.#running ??= this.#run().catch((error: unknown) => {
			this.#failing = String(error);
			this.#o.log.error('inserting stopped', { signal: this.#o.signal, error: String(error) });
		});
	}

	/** What is not inserted stays in the spool. */
	async stop(): Promise<void> {
		this.#stop.abort();
		await this.#running;
	}

	/** Why nothing is inserted at the moment, or null. */
	get failing(): string | null {
		return this.#failing;
	}

	stats(): StageStats {
		return {
			received: this.#received,
			sent: this.#sent,
			dropped: { ...this.#dropped },
			errors: this.#errors,
			fill: this.#o.spool.stats().fill,
		};
	}

	async #run(): Promise<void> {
		const { spool, faults } = this.#o;
		this.#spoolId = await this.#ownId();
		let unfinished = await this.#unfinished();
		const { signal } = this.#stop;
		while (!signal.aborted) {
			const at = spool.head();
			await spool.wait(at, signal);
			if (signal.aborted) return;
			const end = spool.tail();
			const batch = unfinished ? await this.#again(unfinished) : await this.#gather(at);
			unfinished = null;
			if (batch.records.length === 0) {
				// Nothing valid lies before `end`: what is damaged there is counted by the spool.
				await this.#release(end);
				continue;
			}
			faults.reach('batch-taken');
			await this.#note(batch);
			faults.reach('batch-noted');
			if (!(await this.#insert(batch))) return;
			faults.reach('batch-inserted');
			await this.#release(batch.to);
			faults.reach('batch-released');
		}
	}

	/** Tokens of another spool, with the same positions, must not be taken for ours. */
	async #ownId(): Promise<string> {
		const name = `spool-id:${this.#o.signal}`;
		const known = await this.#o.settings.get(name);
		if (known) return known;
		const fresh = crypto.randomUUID();
		await this.#o.settings.set(name, fresh);
		return fresh;
	}

	async #unfinished(): Promise<{ from: Position; to: Position } | null> {
		const text = await this.#o.settings.get(`insert-batch:${this.#o.signal}`);
		if (!text) return null;
		const { from, to } = JSON.parse(text) as { from: Position; to: Position };
		const head = this.#o.spool.head();
		const pending = comparePositions(from, head) <= 0 && comparePositions(to, head) > 0;
		return pending && comparePositions(to, this.#o.spool.tail()) <= 0 ? { from, to } : null;
	}

	async #note({ from, to }: Batch): Promise<void> {
		await this.#o.settings.set(`insert-batch:${this.#o.signal}`, JSON.stringify({ from, to }));
	}

	/** The very batch that was being inserted when the program ended. */
	async #again({ from, to }: { from: Position; to: Position }): Promise<Batch> {
		const records: SpoolRecord[] = [];
		let next = from;
		while (comparePositions(next, to) < 0) {
			const got = await this.#o.spool.read(next, READ_BYTES);
			const inside = got.filter((record) => comparePositions(record.end, to) <= 0);
			records.push(...inside);
			if (inside.length < got.length || got.length === 0) break;
			next = got.at(-1)!.end;
		}
		return { from, to, records };
	}

	async #gather(from: Position): Promise<Batch> {
		const { spool, clock } = this.#o;
		const records: SpoolRecord[] = [];
		let rows = 0;
		let bytes = 0;
		let to = from;
		for (;;) {
			for (const record of await spool.read(to, READ_BYTES)) {
				records.push(record);
				to = record.end;
				bytes += record.payload.length;
				rows += rowsOf(record);
				if (rows >= MAX_ROWS || bytes >= MAX_BYTES) return { from, to, records };
			}
			const first = records[0];
			if (!first || this.#stop.signal.aborted) return { from, to, records };
			const left = first.acceptedAt + MAX_WAIT_MS - clock.now();
			// A clock that was set back must not hold anything up.
			if (left <= 0 || left > MAX_WAIT_MS) return { from, to, records };
			await clock.sleep(Math.min(left, POLL_MS), this.#stop.signal);
		}
	}

	async #release(to: Position): Promise<void> {
		await this.#o.spool.release(to).catch((error: unknown) => {
			this.#errors++;
			this.#o.log.error('the spool cannot be released', { signal: this.#o.signal, error: String(error) });
		});
	}

	/** False when it was stopped before the engine took it. */
	async #insert(batch: Batch): Promise<boolean> {
		const blocks: Uint8Array[] = [];
		let rows = 0;
		for (const record of batch.records) {
			const block = this.#readable(record);
			if (!block) continue;
			blocks.push(block.rows);
			rows += block.count;
		}
		this.#received += rows;
		if (blocks.length === 0) return true;
		const taken = await this.#untilTaken(blocks, this.#token(batch));
		if (taken === 'stopped') return false;
		if (taken === 'taken') {
			this.#sent += rows;
			return true;
		}
		// One record's bytes must not hold up the others.
		for (const record of batch.records) {
			const block = this.#readable(record);
			if (!block) continue;
			const alone = await this.#untilTaken(
				[block.rows],
				this.#token({ from: record.position, to: record.end }),
			);
			if (alone === 'stopped') return false;
			if (alone === 'taken') this.#sent += block.count;
			else addTo(this.#dropped, 'refused by ClickHouse', block.count);
		}
		return true;
	}

	#token({ from, to }: { from: Position; to: Position }): string {
		return `${this.#spoolId}:${from.segment}-${from.offset}:${to.segment}-${to.offset}`;
	}

	#readable(record: SpoolRecord) {
		try {
			if (record.kind !== RECORD_KIND[this.#o.signal]) throw new Error(`record of kind ${record.kind}`);
			const block = decodeRowBlock(record.payload);
			if (block.schema !== SCHEMA_VERSION) throw new Error(`rows of schema ${block.schema}`);
			return block;
		} catch (error) {
			addTo(this.#dropped, 'not a row block of this program', 1);
			this.#o.log.error('a record of the spool cannot be inserted', { error: String(error) });
			return null;
		}
	}

	async #untilTaken(blocks: Uint8Array[], token: string): Promise<'taken' | 'refused' | 'stopped'> {
		const { engine, tables, clock, log, signal } = this.#o;
		let backoff = FIRST_BACKOFF_MS;
		while (!this.#stop.signal.aborted) {
			try {
				await tables.ready();
				const columns = COLUMNS[signal].map(({ name }) => name);
				await engine.insert({ table: `${tables.database}.${signal}`, columns }, blocks, token);
				if (this.#failing !== null) log.info('inserting goes on', { signal });
				this.#failing = null;
				return 'taken';
			} catch (error) {
				if (this.#stop.signal.aborted) break;
				this.#errors++;
				const message = error instanceof Error ? error.message : String(error);
				if (error instanceof EngineError && error.tableMissing) tables.forget();
				if (error instanceof EngineError && error.refusesData) {
					log.error('ClickHouse refuses rows', { signal, error: message });
					return 'refused';
				}
				if (this.#failing === null) log.warn('rows wait in the spool', { signal, error: message });
				this.#failing = message;
				await clock.sleep(backoff * (0.75 + Math.random() / 2), this.#stop.signal);
				backoff = Math.min(backoff * 2, LAST_BACKOFF_MS);
			}
		}
		return 'stopped';
	}
}

function rowsOf(record: SpoolRecord): number {
	try {
		return decodeRowBlock(record.payload).count;
	} catch {
		return 0;
	}
}
