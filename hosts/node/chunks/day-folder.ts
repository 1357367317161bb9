import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { Turns } from '../../../app/server/metrics/turns.ts';
import { queryRows } from './chunk-query.ts';
import { type CorruptFolder, ignoreMissing, isDamage } from './damage.ts';
import { dayName, dayOfName } from './day-name.ts';
import { sqlText } from './sql-text.ts';

export const DAY_FORMAT = 1;
/** Day files that are open at once; those that were asked for longest ago are closed. Some 0.2 MB each. */
export const MAX_OPEN_DAYS = 32;
const UNFINISHED = '.new';

/** A day's file that cannot be read. */
export class UnreadableDay extends Error {
	readonly day: number;
	/** A newer program wrote it: it stays where it is. */
	readonly newer: boolean;

	constructor(day: number, reason: string, newer = false) {
		super(reason);
		this.day = day;
		this.newer = newer;
	}
}

/** The files of closed days, one each. They are attached read-only when they are asked for, and change only as a whole. */
export class DayFolder {
	readonly #folder: string;
	readonly #corrupt: CorruptFolder;
	readonly #connection: DuckDBConnection;
	/** Bytes of each day's file. */
	readonly #days: Map<number, number>;
	/** How many use a day that is attached; the one asked for last comes last. */
	readonly #attached = new Map<number, number>();
	readonly #turns = new Turns();

	private constructor(
		folder: string,
		connection: DuckDBConnection,
		corrupt: CorruptFolder,
		days: Map<number, number>,
	) {
		this.#folder = folder;
		this.#connection = connection;
		this.#corrupt = corrupt;
		this.#days = days;
	}

	/** Finds the files by their names, without opening them, and removes those that were not finished. */
	static async open(
		folder: string,
		connection: DuckDBConnection,
		corrupt: CorruptFolder,
	): Promise<DayFolder> {
		await mkdir(folder, { recursive: true, mode: 0o700 });
		const days = new Map<number, number>();
		for (const name of await readdir(folder)) {
			const day = dayOfName(name);
			if (day !== undefined) days.set(day, (await stat(join(folder, name))).size);
			else if (name.includes(UNFINISHED)) await rm(join(folder, name), { force: true });
		}
		return new DayFolder(folder, connection, corrupt, days);
	}

	/** Days from `from` to `to`, both included, that have a file; rising. */
	days(from = 0, to = Number.POSITIVE_INFINITY): number[] {
		return [...this.#days.keys()].filter((day) => day >= from && day <= to).sort((a, b) => a - b);
	}

	has(day: number): boolean {
		return this.#days.has(day);
	}

	bytes(day: number): number {
		return this.#days.get(day) ?? 0;
	}

	place(day: number): string {
		return `days/${dayName(day)}`;
	}

	/** Where a day's new file is written before `replace`. */
	unfinished(day: number): string {
		return `${this.#path(day)}${UNFINISHED}`;
	}

	/** The name of an attached day's database. */
	database(day: number): string {
		return `d${day}`;
	}

	/** Attaches the days, at most MAX_OPEN_DAYS, while `run` works on them. Throws UnreadableDay. */
	async with<T>(days: readonly number[], run: () => Promise<T>): Promise<T> {
		const held: number[] = [];
		try {
			await this.#turns.run(async () => {
				for (const day of days) {
					await this.#attach(day);
					held.push(day);
				}
			});
			return await run();
		} finally {
			for (const day of held) {
				const users = this.#attached.get(day);
				if (users !== undefined) this.#attached.set(day, users - 1);
			}
		}
	}

	/** Lets `run` read one day. Throws UnreadableDay when it turns out to be damaged. */
	async read(
		connection: DuckDBConnection,
		day: number,
		run: (database: string) => Promise<void>,
	): Promise<void> {
		await this.with([day], async () => {
			try {
				await run(this.database(day));
			} catch (e) {
				throw (isDamage(e) && (await this.findDamaged(connection, [day]))) || e;
			}
		});
	}

	/** Puts the finished new file of a day in the place of its old one. No read may be under way. */
	replace(day: number): Promise<void> {
		return this.#turns.run(async () => {
			await this.#detach(day);
			const file = await open(this.unfinished(day), 'r');
			const { size } = await file
				.sync()
				.then(() => file.stat())
				.finally(() => file.close());
			await rename(this.unfinished(day), this.#path(day));
			this.#days.set(day, size);
			const folder = await open(this.#folder, 'r');
			await folder.sync().finally(() => folder.close());
		});
	}

	async discard(day: number): Promise<void> {
		await rm(this.unfinished(day), { force: true });
		await rm(`${this.unfinished(day)}.wal`, { force: true });
	}

	/** No read of the day may be under way. */
	remove(day: number): Promise<void> {
		return this.#turns.run(async () => {
			await this.#detach(day);
			this.#days.delete(day);
			await rm(this.#path(day)).catch(ignoreMissing);
		});
	}

	/** Moves a file that cannot be read out of the way, or leaves one of a newer program where it is; the day is as if it had none. */
	setAside({ day, newer }: UnreadableDay): Promise<void> {
		return this.#turns.run(async () => {
			await this.#detach(day);
			this.#days.delete(day);
			if (!newer) await this.#corrupt.take(this.#path(day));
		});
	}

	close(): Promise<void> {
		return this.#turns.run(async () => {
			for (const day of [...this.#attached.keys()]) await this.#detach(day);
			this.#connection.closeSync();
		});
	}

	/** The one of these attached days that is damaged; reads all of them. */
	async findDamaged(connection: DuckDBConnection, days: readonly number[]): Promise<UnreadableDay | null> {
		for (const day of days) {
			try {
				for (const table of await queryRows(
					connection,
					`SELECT table_name FROM duckdb_tables() WHERE database_name = '${this.database(day)}'`,
				)) {
					await connection.run(`SELECT max(hash(t)) FROM ${this.database(day)}.${table[0]} t`);
				}
			} catch (e) {
				if (!isDamage(e)) throw e;
				return new UnreadableDay(day, String(e));
			}
		}
		return null;
	}

	async #attach(day: number): Promise<void> {
		const users = this.#attached.get(day);
		if (users !== undefined) {
			this.#attached.delete(day);
			this.#attached.set(day, users + 1);
			return;
		}
		const database = this.database(day);
		try {
			await this.#connection.run(`ATTACH ${sqlText(this.#path(day))} AS ${database} (READ_ONLY)`);
		} catch (e) {
			const text = String(e);
			if (isDamage(e) || /does not exist/.test(text)) throw new UnreadableDay(day, text);
			if (/version number|newer version/.test(text)) throw new UnreadableDay(day, text, true);
			throw e;
		}
		try {
			const [row] = await queryRows(this.#connection, `SELECT format FROM ${database}.day`);
			const format = Number(row?.[0]);
			if (format > DAY_FORMAT)
				throw new UnreadableDay(day, `Format ${format}, this program reads up to ${DAY_FORMAT}.`, true);
		} catch (e) {
			await this.#connection.run(`DETACH ${database}`);
			if (isDamage(e) || /Catalog Error/.test(String(e))) throw new UnreadableDay(day, String(e));
			throw e;
		}
		this.#attached.set(day, 1);
		for (const [old, oldUsers] of this.#attached) {
			if (this.#attached.size <= MAX_OPEN_DAYS) break;
			if (oldUsers === 0) await this.#detach(old);
		}
	}

	async #detach(day: number): Promise<void> {
		if (this.#attached.delete(day)) await this.#connection.run(`DETACH ${this.database(day)}`);
	}

	#path(day: number): string {
		return join(this.#folder, dayName(day));
	}
}
