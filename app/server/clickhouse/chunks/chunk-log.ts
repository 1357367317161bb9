import type { Logger } from '../../../logging/logger.ts';
import { ServerError } from '../../errors.ts';
import { Turns } from '../../metrics/turns.ts';
import type { ChunkCatalogue } from './chunk-catalogue.ts';
import { EPOCH_PIECES, type Fact } from './chunk-fact.ts';
import { sweepOpenDays, sweepRemains } from './chunk-sweep.ts';
import type { ChunkTables } from './chunk-tables.ts';
import { claimEpoch, newestClaim, takeOver, writeEntry } from './chunk-takeover.ts';
import { withoutDamaged } from './damaged-parts.ts';

/** Entries of an epoch; then the next begins, with one. */
const MAX_ENTRIES = 5_000;

export interface ChunkLogOptions {
	/** Reads that go on: nothing is dropped under them. */
	reading: ReadonlySet<Promise<unknown>>;
	/** Entries of an epoch; default 5 000. */
	maxEntries?: number | undefined;
	/** Ms since the epoch. */
	now: () => number;
	log: Logger;
}

/**
 * Changes of the chunk store, one after the other. First a change writes its rows, then one row of the log makes them count; one that
 * fails is dead, whatever became of it. Who comes later with an epoch of its own locks this one out.
 */
export class ChunkLog {
	readonly #tables: ChunkTables;
	readonly #o: ChunkLogOptions;
	readonly #turns = new Turns();
	#epoch = 0;
	#claimed = 0;
	#pieces = 0;
	#entries = 0;
	#catalogue!: ChunkCatalogue;
	/** The epoch must be a new one before anything else is written. */
	#mustRenew = true;
	#lockedOut = false;
	/** Dead changes that the log does not say yet; neighbours are one. */
	#unsaid: [number, number][] = [];
	/** Places of days that are being closed. */
	readonly unfinished = new Set<number>();
	#changes = 0;

	private constructor(tables: ChunkTables, o: ChunkLogOptions) {
		this.#tables = tables;
		this.#o = o;
	}

	/** Throws CXR_ENGINE_SCHEMA, CXR_STORE_LOCKED, EngineError. */
	static async open(tables: ChunkTables, o: ChunkLogOptions): Promise<ChunkLog> {
		const log = new ChunkLog(tables, o);
		await log.#renew();
		return log;
	}

	/** What counts now. */
	get catalogue(): ChunkCatalogue {
		return this.#catalogue;
	}

	get epoch(): number {
		return this.#epoch;
	}

	/** Rises with every change. */
	get changes(): number {
		return this.#changes;
	}

	/** A number that no other change and no place has. */
	nextPiece(): number {
		this.#pieces++;
		return this.#epoch * EPOCH_PIECES + this.#pieces;
	}

	/**
	 * Drops days in `open` of which no row counts. Not while a change failed of which the log does not say so: whoever took over now would
	 * count its rows.
	 */
	sweep(days: readonly number[]): Promise<void> {
		return this.#turns.run(async () => {
			if (this.#unsaid.length === 0) await sweepOpenDays(this.#tables, this.#catalogue, days);
		});
	}

	/** Runs when no change does. */
	alone<T>(work: () => Promise<T>): Promise<T> {
		return this.#turns.run(work);
	}

	/** `write` writes the rows of a change, with its piece, and gives what the log shall say; null: nothing. Throws CXR_STORE_LOCKED. */
	change(write: (piece: number) => Promise<Fact[] | null>): Promise<void> {
		return this.#turns.run(async () => {
			await this.#ready();
			const piece = this.nextPiece();
			try {
				const facts = await write(piece);
				if (!facts) return;
				const dead = this.#unsaid.map(([from, to]): Fact => ({ is: 'dead', from, to }));
				const entry = { piece, facts: [...facts, ...dead] };
				await writeEntry(this.#tables, entry);
				await this.#checkClaim();
				this.#unsaid = [];
				this.#entries++;
				this.#catalogue.apply(entry);
			} catch (e) {
				this.#bury(piece);
				throw e;
			} finally {
				this.#changes++;
			}
		});
	}

	/** Rejects with CXR_STORE_LOCKED when another server has the tables now. */
	async ready(): Promise<void> {
		await this.#turns.run(() => this.#ready());
		await this.#checkClaim();
	}

	/** The next change begins an epoch: rows of the log are lost, and what counts is written down anew. */
	renewNext(): void {
		this.#mustRenew = true;
	}

	idle(): Promise<void> {
		return this.#turns.idle();
	}

	async #ready(): Promise<void> {
		if (this.#lockedOut) throw lockedOut(this.#tables.database);
		if (this.#mustRenew || this.#entries >= (this.#o.maxEntries ?? MAX_ENTRIES)) await this.#renew();
	}

	async #renew(): Promise<void> {
		if (!this.#mustRenew) await this.#checkClaim();
		this.#mustRenew = true;
		const { now, log } = this.#o;
		await withoutDamaged(this.#tables, async () => {
			this.#claimed = await claimEpoch(this.#tables);
			this.#catalogue = await takeOver(this.#tables, {
				epoch: this.#claimed,
				dead: this.#unsaid,
				unfinished: this.unfinished,
				now: now(),
				log,
			});
		});
		this.#epoch = this.#claimed;
		this.#pieces = 0;
		this.#entries = 1;
		this.#unsaid = [];
		this.#mustRenew = false;
		this.#changes++;
		await Promise.allSettled(this.#o.reading);
		// What stays is dropped by the next one.
		await sweepRemains(this.#tables, this.#catalogue, {
			epoch: this.#epoch,
			unfinished: this.unfinished,
		}).catch(() => {});
	}

	/** After the log was written: who claims later than this check has read what was written. */
	async #checkClaim(): Promise<void> {
		if ((await newestClaim(this.#tables)) <= this.#claimed) return;
		this.#lockedOut = true;
		throw lockedOut(this.#tables.database);
	}

	#bury(piece: number): void {
		this.#catalogue.bury(piece);
		const last = this.#unsaid.at(-1);
		if (last?.[1] === piece - 1) last[1] = piece;
		else this.#unsaid.push([piece, piece]);
	}
}

function lockedOut(database: string): ServerError {
	return new ServerError('CXR_STORE_LOCKED', `A server that started later has database ${database}.`);
}
