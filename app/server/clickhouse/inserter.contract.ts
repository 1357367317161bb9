import assert from 'node:assert/strict';
import { systemClock } from '../../clock.ts';
import { MemorySegmentFiles } from '../../delivery/memory-segment-files.ts';
import { RECORD_KIND } from '../../delivery/record.ts';
import { Spool } from '../../delivery/spool.ts';
import { silentLogger } from '../../logging/logger.ts';
import { noFaults } from '../faults.ts';
import { encodeRowBlock } from '../ingest/row-block.ts';
import { MemorySettings } from '../testing/memory-settings.ts';
import { type Engine, EngineError } from './engine.ts';
import { Inserter } from './inserter.ts';
import { SCHEMA_VERSION } from './schema.ts';
import { Tables } from './tables.ts';

/** An engine that keeps the bytes of rows by token, as ClickHouse does; `answer` may refuse or be silent. */
class FakeEngine implements Engine {
	readonly inserted = new Map<string, number[]>();
	readonly tokens: string[] = [];
	tablesMade = 0;
	/** Called with each insert's bytes before anything is kept. */
	answer: (bytes: number[], attempt: number) => void = () => {};
	/** Throws after the rows are kept: the acknowledgement is lost. */
	afterwards: (attempt: number) => void = () => {};

	async command(sql: string): Promise<void> {
		if (sql.startsWith('CREATE DATABASE')) this.tablesMade++;
	}
	async select<Row>(): Promise<Row[]> {
		return [{ version: 0 }] as Row[];
	}
	async read(): Promise<void> {
		throw new Error('nothing is read here');
	}
	async insert(_into: unknown, blocks: readonly Uint8Array[], token: string): Promise<void> {
		const bytes = blocks.flatMap((block) => [...block]);
		this.tokens.push(token);
		this.answer(bytes, this.tokens.length);
		if (!this.inserted.has(token)) this.inserted.set(token, bytes);
		this.afterwards(this.tokens.length);
	}
	state() {
		return { ok: true, reason: null };
	}
	async close(): Promise<void> {}

	get rows(): number[] {
		return [...this.inserted.values()].flat();
	}
}

const clock = { ...systemClock, sleep: () => new Promise<void>((resolve) => setTimeout(resolve, 1)) };

class Bench {
	readonly files = new MemorySegmentFiles();
	readonly settings = new MemorySettings();
	readonly engine = new FakeEngine();
	spool!: Spool;
	inserter!: Inserter;

	async open(): Promise<void> {
		this.spool = await Spool.open({ files: this.files, name: 'logs', maxBytes: 1e6, clock: systemClock });
		const { engine, settings, spool } = this;
		const tables = new Tables(engine, 'codexray_test');
		this.inserter = new Inserter({
			signal: 'logs',
			spool,
			engine,
			tables,
			settings,
			clock,
			log: silentLogger,
			faults: noFaults,
		});
	}

	/** A request of one row that is the byte `n`. */
	append(n: number, kind: number = RECORD_KIND.logs): Promise<unknown> {
		const payload = encodeRowBlock({ schema: SCHEMA_VERSION, count: 1, rows: Uint8Array.of(n) });
		return this.spool.append({ kind, batchId: new Uint8Array(16), payload });
	}

	/** Until everything in the spool is released. */
	async drained(): Promise<void> {
		while (this.spool.stats().released === 0 || (await this.spool.read(this.spool.head(), 1)).length > 0)
			await new Promise((resolve) => setTimeout(resolve, 2));
	}
}

async function bench(): Promise<Bench> {
	const made = new Bench();
	await made.open();
	return made;
}

const silent = () => {
	throw new EngineError('no answer', null);
};

export const cases: Record<string, () => void | Promise<void>> = {
	async 'requests are inserted together, in their order, and released'() {
		const b = await bench();
		for (let n = 0; n < 20; n++) await b.append(n);
		b.inserter.start();
		await b.drained();
		assert.deepEqual(
			b.engine.rows,
			Array.from({ length: 20 }, (_, n) => n),
		);
		assert.ok(b.engine.tokens.length < 5);
		await b.append(99);
		while (b.engine.rows.length < 21) await new Promise((resolve) => setTimeout(resolve, 2));
		const { received, sent, dropped } = b.inserter.stats();
		assert.deepEqual({ received, sent, dropped }, { received: 21, sent: 21, dropped: {} });
		await b.inserter.stop();
	},
	async 'an engine that is away is asked again under the same token'() {
		const b = await bench();
		await b.append(1);
		b.engine.answer = (_bytes, attempt) => {
			if (attempt < 4) silent();
		};
		b.inserter.start();
		await b.drained();
		assert.deepEqual(b.engine.rows, [1]);
		assert.equal(new Set(b.engine.tokens).size, 1);
		assert.equal(b.inserter.stats().errors, 3);
		assert.equal(b.inserter.failing, null);
		await b.inserter.stop();
	},
	async 'a lost acknowledgement doubles nothing, also over a crash with more in the spool'() {
		const b = await bench();
		await b.append(1);
		await b.append(2);
		b.engine.afterwards = silent;
		b.inserter.start();
		while (b.engine.tokens.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
		await b.inserter.stop();
		assert.deepEqual(b.engine.rows, [1, 2]);
		// The program dies here; before the next one inserts, more came.
		await b.open();
		await b.append(3);
		b.engine.afterwards = () => {};
		b.inserter.start();
		await b.drained();
		assert.deepEqual(b.engine.rows, [1, 2, 3]);
		await b.inserter.stop();
	},
	async 'rows that the engine refuses hold up nobody and are counted'() {
		const b = await bench();
		for (let n = 0; n < 5; n++) await b.append(n);
		b.engine.answer = (bytes) => {
			if (bytes.includes(3)) throw new EngineError('Cannot read all data', 33);
		};
		b.inserter.start();
		await b.drained();
		assert.deepEqual(b.engine.rows, [0, 1, 2, 4]);
		assert.deepEqual(b.inserter.stats().dropped, { 'refused by ClickHouse': 1 });
		await b.inserter.stop();
	},
	async 'records of another kind are dropped and counted'() {
		const b = await bench();
		await b.append(1, RECORD_KIND.metrics);
		await b.append(2);
		b.inserter.start();
		await b.drained();
		assert.deepEqual(b.engine.rows, [2]);
		assert.deepEqual(b.inserter.stats().dropped, { 'not a row block of this program': 1 });
		await b.inserter.stop();
	},
	async 'tables that are gone are made again'() {
		const b = await bench();
		await b.append(1);
		b.engine.answer = (_bytes, attempt) => {
			if (attempt === 1) throw new EngineError('Unknown table', 60);
		};
		b.inserter.start();
		await b.drained();
		assert.equal(b.engine.tablesMade, 2);
		assert.deepEqual(b.engine.rows, [1]);
		await b.inserter.stop();
	},
	async 'the same places of another spool are another token'() {
		const [one, two] = [await bench(), await bench()];
		for (const b of [one, two]) {
			await b.append(1);
			b.inserter.start();
			await b.drained();
			await b.inserter.stop();
		}
		assert.notEqual(one.engine.tokens[0], two.engine.tokens[0]);
	},
};
