import { access, rename, rm } from 'node:fs/promises';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { ServerError } from '../../../app/server/errors.ts';
import { Turns } from '../../../app/server/metrics/turns.ts';
import { type CorruptFolder, isDamage } from './damage.ts';
import { cutLog, type HotDamage, salvageHotFile, untoldDamage } from './hot-salvage.ts';
import { ATTACH_OPTIONS, prepareHotFile } from './hot-schema.ts';
import { sqlText } from './sql-text.ts';

const LOCK_TRIES = 50;
const LOCK_PAUSE_MS = 200;

/**
 * The file of what is not in days of its own, attached as `p`. Three connections work on it, each on one thing at a time: a writer, a
 * reader, and one that shapes days. It mends itself: a database that refuses all after a failed checkpoint is attached again, and what
 * can be read of a damaged one is put into a new file.
 */
export class HotFile {
	readonly #path: string;
	readonly #instance: DuckDBInstance;
	readonly #corrupt: CorruptFolder;
	readonly #writer: DuckDBConnection;
	readonly #reader: DuckDBConnection;
	readonly #shaper: DuckDBConnection;
	readonly #writing = new Turns();
	readonly #reading = new Turns();
	readonly #shaping = new Turns();
	/** What is under way: at most one of each connection. */
	readonly #running = new Set<Promise<unknown>>();
	/** The error after which the file must be attached again, or mended. */
	#broken: { error: unknown; damaged: boolean } | null = null;
	#mending: Promise<void> | null = null;
	/** Somebody relies on the labels that were read of it. */
	inUse = false;
	/** Set when only a start can make it whole. */
	#closed: ServerError | null = null;
	#commits = 0;
	/** Told of damage that was mended, before anything else may work; has the writer for itself. */
	onDamage: (writer: DuckDBConnection, damage: HotDamage) => Promise<void> = async () => {};

	private constructor(
		path: string,
		instance: DuckDBInstance,
		corrupt: CorruptFolder,
		connections: [DuckDBConnection, DuckDBConnection, DuckDBConnection],
	) {
		this.#path = path;
		this.#instance = instance;
		this.#corrupt = corrupt;
		[this.#writer, this.#reader, this.#shaper] = connections;
	}

	/**
	 * Opens or makes the file; a damaged one is mended, and `prepare` is told what is gone. Throws CXR_STORE_LOCKED when another process
	 * keeps it open, CXR_STORE_VERSION when a newer program wrote it.
	 */
	static async open(
		path: string,
		instance: DuckDBInstance,
		corrupt: CorruptFolder,
		prepare: (found: { writer: DuckDBConnection; isNew: boolean; damage: HotDamage | null }) => Promise<void>,
	): Promise<HotFile> {
		const connections = [await instance.connect(), await instance.connect(), await instance.connect()];
		const hot = new HotFile(
			path,
			instance,
			corrupt,
			connections as [DuckDBConnection, DuckDBConnection, DuckDBConnection],
		);
		await hot.#settle();
		let damage = await hot.#attachOrMend();
		for (let tries = 0; ; tries++) {
			try {
				const isNew = await prepareHotFile(hot.#writer, 'p');
				damage ??= await untoldDamage(hot.#writer);
				await prepare({ writer: hot.#writer, isNew, damage });
				return hot;
			} catch (e) {
				if (!isDamage(e) || tries > 0) throw e;
				await hot.#writer.run('DETACH p');
				damage = { ...(await hot.#salvage(e)), logCut: damage?.logCut ?? false };
				await hot.#attach();
			}
		}
	}

	/** Rises with every transaction that is done. */
	get commits(): number {
		return this.#commits;
	}

	transaction<T>(run: (writer: DuckDBConnection) => Promise<T>): Promise<T> {
		const writer = this.#writer;
		return this.#writing.run(() =>
			this.#whole(async () => {
				await writer.run('BEGIN');
				try {
					const result = await run(writer);
					await writer.run('COMMIT');
					return result;
				} catch (e) {
					await writer.run('ROLLBACK').catch(() => {});
					throw e;
				} finally {
					this.#commits++;
				}
			}),
		);
	}

	read<T>(run: (reader: DuckDBConnection) => Promise<T>): Promise<T> {
		return this.#reading.run(() => this.#whole(() => run(this.#reader)));
	}

	/** Between two reads. */
	betweenReads<T>(run: () => Promise<T>): Promise<T> {
		return this.#reading.run(run);
	}

	shape<T>(run: (shaper: DuckDBConnection) => Promise<T>): Promise<T> {
		return this.#shaping.run(() => this.#whole(() => run(this.#shaper)));
	}

	/** What was read of it is damaged: the next that asks waits until it is mended. */
	distrust(error: unknown): void {
		this.#broken = { error, damaged: true };
	}

	/** Ends all work, `before` last, and the instance. */
	async close(before: () => Promise<void>): Promise<void> {
		await Promise.all([this.#writing.idle(), this.#reading.idle(), this.#shaping.idle()]);
		await before();
		// What cannot be checkpointed stays in the log, and is replayed at the next start.
		await this.#writer.run('CHECKPOINT p').catch(() => {});
		this.#reader.closeSync();
		this.#shaper.closeSync();
		await this.#writer.run('DETACH DATABASE IF EXISTS p').catch(() => {});
		this.#writer.closeSync();
		this.#instance.closeSync();
	}

	/** Runs on a database that is whole: a checkpoint that failed, on a full disk say, leaves one that refuses all. */
	async #whole<T>(run: () => Promise<T>): Promise<T> {
		if (this.#closed) throw this.#closed;
		if (this.#broken) {
			this.#mending ??= this.#mend().finally(() => {
				this.#mending = null;
			});
			await this.#mending;
		}
		const running = run();
		this.#running.add(running);
		try {
			return await running;
		} catch (e) {
			if (/invalidated/.test(String(e))) this.#broken ??= { error: e, damaged: false };
			throw e;
		} finally {
			this.#running.delete(running);
		}
	}

	/** Attaches the file again; its log is replayed then, so what was committed is there. */
	async #mend(): Promise<void> {
		await Promise.allSettled(this.#running);
		const broken = this.#broken!;
		await this.#writer.run('DETACH DATABASE IF EXISTS p');
		let damage: HotDamage | null;
		if (broken.damaged) {
			damage = await this.#salvage(broken.error);
			await this.#attach();
		} else damage = await this.#attachOrMend();
		this.#commits++;
		this.#broken = null;
		if (!damage) return;
		await this.onDamage(this.#writer, damage);
		if (this.inUse && damage.lostTables.has('series')) {
			// Ids of series that the store knows would be without labels after its next start.
			this.#closed = new ServerError('CXR_STORE_DAMAGED', `${this.#path}: ${damage.reason}`);
			throw this.#closed;
		}
	}

	/** Ends what a killed predecessor was at between two renames. */
	async #settle(): Promise<void> {
		if (await exists(this.#path)) return;
		// The log of a file that is gone must not be replayed on another one.
		if (await exists(`${this.#path}.wal`)) await this.#corrupt.take(`${this.#path}.wal`);
		if (await exists(`${this.#path}.new`)) await rename(`${this.#path}.new`, this.#path);
	}

	async #attachOrMend(): Promise<HotDamage | null> {
		try {
			await this.#attach();
			return null;
		} catch (e) {
			if (!isDamage(e)) throw e;
			if (!(await cutLog(this.#path, this.#corrupt, e))) {
				const damage = await this.#salvage(e);
				await this.#attach();
				return damage;
			}
			const damage = await this.#attachOrMend();
			const reason = damage?.reason ?? String(e);
			return { lostHours: [], lostTables: new Set(), ...damage, reason, logCut: true };
		}
	}

	/** Puts what can be read into a new file, in the place of the damaged one. */
	async #salvage(error: unknown): Promise<HotDamage> {
		const made = `${this.#path}.new`;
		const o = { from: this.#path, to: made, reason: String(error) };
		const damage = await salvageHotFile(this.#writer, o);
		await this.#corrupt.take(this.#path);
		await rename(made, this.#path);
		await rm(`${made}.wal`, { force: true });
		return damage;
	}

	async #attach(): Promise<void> {
		for (let attempt = 1; ; attempt++) {
			try {
				await this.#writer.run(`ATTACH ${sqlText(this.#path)} AS p (${ATTACH_OPTIONS})`);
				return;
			} catch (e) {
				if (/version number|newer version/.test(String(e)))
					throw new ServerError('CXR_STORE_VERSION', String(e), { cause: e });
				// A killed predecessor holds the lock until the kernel has taken it down.
				if (!/set lock on file/i.test(String(e))) throw e;
				if (attempt === LOCK_TRIES) throw new ServerError('CXR_STORE_LOCKED', this.#path, { cause: e });
				await new Promise((resolve) => setTimeout(resolve, LOCK_PAUSE_MS));
			}
		}
	}
}

async function exists(path: string): Promise<boolean> {
	return access(path).then(
		() => true,
		() => false,
	);
}
