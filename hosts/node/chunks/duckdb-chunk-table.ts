import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { ServerError } from '../../../app/server/errors.ts';
import type {
	ChunkRows,
	ChunkTable,
	SeriesRow,
	StoredState,
	TableWrite,
} from '../../../app/server/metrics/chunk-table.ts';
import { BlobRows } from './blob-vectors.ts';

const FORMAT = 1;
/** Not persisted by DuckDB: without them the next checkpoint rewrites the table. */
const ATTACH_OPTIONS = 'BLOCK_SIZE 65536, ROW_GROUP_SIZE 20480';
/** Series asked for by number up to here; beyond it reading all rows of the hours is cheaper. */
const MAX_LISTED_SIDS = 2_000;
/** Appended rows after which the event loop gets a turn, and after which the appender is flushed. */
const YIELD_ROWS = 2_048;
const FLUSH_ROWS = 20_480;
/** Rows that one read may give: 1 GB of chunks would follow. */
const MAX_ROWS = 4_000_000;
const LOCK_TRIES = 50;
const LOCK_PAUSE_MS = 200;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS p.format(version UINTEGER);
CREATE TABLE IF NOT EXISTS p.state(segment UBIGINT, spool_offset UBIGINT, version UINTEGER, last_sid UINTEGER);
CREATE TABLE IF NOT EXISTS p.series(sid UINTEGER, hash UBIGINT, labels VARCHAR);
CREATE TABLE IF NOT EXISTS p.m(sid UINTEGER, hour UINTEGER, version UINTEGER, data BLOB USING COMPRESSION uncompressed);
CREATE TABLE IF NOT EXISTS p.partial(sid UINTEGER, hour UINTEGER, version UINTEGER, data BLOB USING COMPRESSION uncompressed);
`;

/** ChunkTable in the DuckDB file `hot.duckdb` of a folder. Serves Node and Deno (N-API). Layout: docs/formats.md. */
export class DuckdbChunkTable implements ChunkTable {
	readonly #instance: DuckDBInstance;
	readonly #writer: DuckDBConnection;
	readonly #reader: DuckDBConnection;
	/** Writes come one after the other. */
	#writing: Promise<unknown> = Promise.resolve();
	/** So do reads: one connection runs one query at a time. */
	#reading: Promise<unknown> = Promise.resolve();

	/** The statement that attaches the file. */
	readonly #attach: string;
	/** Queries and transactions under way: at most one of each. */
	readonly #running = new Set<Promise<unknown>>();
	#invalid = false;
	#recovering: Promise<void> | null = null;

	private constructor(
		instance: DuckDBInstance,
		attach: string,
		writer: DuckDBConnection,
		reader: DuckDBConnection,
	) {
		this.#instance = instance;
		this.#attach = attach;
		this.#writer = writer;
		this.#reader = reader;
	}

	/** Throws CXR_STORE_LOCKED when another process keeps it open, CXR_STORE_VERSION when a newer one wrote it. */
	static async open(folder: string): Promise<DuckdbChunkTable> {
		await mkdir(folder, { recursive: true, mode: 0o700 });
		const instance = await DuckDBInstance.create(':memory:', {
			threads: '2',
			memory_limit: '128MB',
			temp_directory: join(folder, 'spill'),
		});
		const writer = await instance.connect();
		const file = join(folder, 'hot.duckdb');
		const attach = `ATTACH '${file.replaceAll("'", "''")}' AS p (${ATTACH_OPTIONS})`;
		for (let attempt = 1; ; attempt++) {
			try {
				await writer.run(attach);
				break;
			} catch (e) {
				// A killed predecessor holds the lock until the kernel has taken it down.
				if (!/lock/i.test(String(e))) throw e;
				if (attempt === LOCK_TRIES) throw new ServerError('CXR_STORE_LOCKED', file, { cause: e });
				await new Promise((resolve) => setTimeout(resolve, LOCK_PAUSE_MS));
			}
		}
		await writer.run(`BEGIN; ${SCHEMA} COMMIT;`);
		const found = await rows(writer, 'SELECT version FROM p.format');
		const version = Number(found[0]?.[0] ?? 0);
		if (version > FORMAT) {
			throw new ServerError('CXR_STORE_VERSION', `Format ${version}, this program reads up to ${FORMAT}.`);
		}
		if (version === 0) await writer.run(`INSERT INTO p.format VALUES (${FORMAT})`);
		return new DuckdbChunkTable(instance, attach, writer, await instance.connect());
	}

	load(): Promise<{ series: SeriesRow[]; state: StoredState }> {
		return this.#read(async (reader) => {
			const series: SeriesRow[] = [];
			for (const [sid, hash, labels] of await rows(reader, 'SELECT sid, hash, labels FROM p.series')) {
				const h = hash as bigint;
				series.push({
					sid: sid as number,
					hashLo: Number(h & 0xffffffffn),
					hashHi: Number(h >> 32n),
					labels: JSON.parse(labels as string),
				});
			}
			const [state] = await rows(reader, 'SELECT segment, spool_offset, version, last_sid FROM p.state');
			return {
				series,
				state: state
					? {
							watermark: { segment: Number(state[0]), offset: Number(state[1]) },
							version: state[2] as number,
							lastSid: state[3] as number,
						}
					: { watermark: null, version: 0, lastSid: 0 },
			};
		});
	}

	append(write: TableWrite, midway?: () => void): Promise<void> {
		return this.#transaction(async (writer) => {
			// A commit may be durable and still be reported as failed, when the checkpoint after it fails.
			const [held] = await rows(writer, 'SELECT version FROM p.state');
			if (held && (held[0] as number) >= write.state.version) return;
			if (write.series.length > 0) {
				const appender = await writer.createAppender('series', 'main', 'p');
				for (const [i, row] of write.series.entries()) {
					appender.appendUInteger(row.sid);
					appender.appendUBigInt((BigInt(row.hashHi) << 32n) | BigInt(row.hashLo));
					appender.appendVarchar(JSON.stringify(row.labels));
					appender.endRow();
					if (i % YIELD_ROWS === YIELD_ROWS - 1) await turn();
				}
				appender.closeSync();
			}
			await this.#appendChunks(writer, 'partial', write.chunks, midway);
			const { watermark, version, lastSid } = write.state;
			if (!watermark) throw new Error('BUG: a write without a watermark');
			await writer.run('DELETE FROM p.state');
			await writer.run(
				`INSERT INTO p.state VALUES (${watermark.segment}, ${watermark.offset}, ${version}, ${lastSid})`,
			);
		});
	}

	read(sids: Uint32Array | null, fromHour: number, toHour: number): Promise<ChunkRows> {
		const listed = sids && sids.length <= MAX_LISTED_SIDS ? `AND sid IN (${sids.join(',') || 'NULL'})` : '';
		const where = `hour BETWEEN ${fromHour} AND ${toHour} ${listed}`;
		return this.#select(
			`SELECT sid, hour, version, data FROM (FROM p.m WHERE ${where} UNION ALL FROM p.partial WHERE ${where})
			ORDER BY sid, hour, version`,
		);
	}

	partialHours(beforeHour: number): Promise<number[]> {
		return this.#read(async (reader) => {
			const found = await rows(
				reader,
				`SELECT DISTINCT hour FROM p.partial WHERE hour < ${beforeHour} ORDER BY hour`,
			);
			return found.map(([hour]) => hour as number);
		});
	}

	readPartials(hour: number, fromSid: number, toSid: number): Promise<ChunkRows> {
		return this.#select(
			`SELECT sid, hour, version, data FROM p.partial
			WHERE hour = ${hour} AND sid >= ${fromSid} AND sid < ${toSid} ORDER BY sid, hour, version`,
		);
	}

	merge(hour: number, fromSid: number, toSid: number, merged: ChunkRows): Promise<void> {
		return this.#transaction(async (writer) => {
			// Only what was read: the head may have added a chunk since.
			const version = merged.versions.reduce((a, b) => Math.max(a, b), 0);
			await writer.run(
				`DELETE FROM p.partial WHERE hour = ${hour} AND sid >= ${fromSid} AND sid < ${toSid} AND version <= ${version}`,
			);
			await this.#appendChunks(writer, 'm', merged);
		});
	}

	dropBefore(hour: number): Promise<number> {
		return this.#transaction(async (writer) => {
			let dropped = 0;
			for (const table of ['m', 'partial']) {
				const result = await writer.run(`DELETE FROM p.${table} WHERE hour < ${hour}`);
				dropped += result.rowsChanged;
			}
			return dropped;
		});
	}

	sidsInUse(): Promise<Set<number>> {
		return this.#read(async (reader) => {
			const found = await rows(
				reader,
				'SELECT DISTINCT sid FROM (SELECT sid FROM p.m UNION ALL SELECT sid FROM p.partial)',
			);
			return new Set(found.map(([sid]) => sid as number));
		});
	}

	async dropSeries(sids: readonly number[]): Promise<void> {
		if (sids.length === 0) return;
		await this.#transaction(async (writer) => {
			for (let i = 0; i < sids.length; i += MAX_LISTED_SIDS) {
				const list = sids.slice(i, i + MAX_LISTED_SIDS).join(',');
				await writer.run(`DELETE FROM p.series WHERE sid IN (${list})`);
			}
		});
	}

	async close(): Promise<void> {
		await this.#writing;
		await this.#reading;
		// What cannot be checkpointed stays in the log, and is replayed at the next start.
		await this.#writer.run('CHECKPOINT p').catch(() => {});
		this.#reader.closeSync();
		await this.#writer.run('DETACH p');
		this.#writer.closeSync();
		this.#instance.closeSync();
	}

	async #appendChunks(
		writer: DuckDBConnection,
		table: string,
		chunks: ChunkRows,
		midway?: () => void,
	): Promise<void> {
		const n = chunks.sids.length;
		const appender = await writer.createAppender(table, 'main', 'p');
		// By hour, then series: readers of an hour then touch few row groups.
		const order = Uint32Array.from(chunks.hours, (_, i) => i);
		order.sort((a, b) => chunks.hours[a]! - chunks.hours[b]! || a - b);
		for (let k = 0; k < n; k++) {
			const i = order[k]!;
			appender.appendUInteger(chunks.sids[i]!);
			appender.appendUInteger(chunks.hours[i]!);
			appender.appendUInteger(chunks.versions[i]!);
			appender.appendBlob(chunks.data.subarray(i === 0 ? 0 : chunks.ends[i - 1]!, chunks.ends[i]!));
			appender.endRow();
			if (k === n >> 1) midway?.();
			if (k % FLUSH_ROWS === FLUSH_ROWS - 1) appender.flushSync();
			if (k % YIELD_ROWS === YIELD_ROWS - 1) await turn();
		}
		appender.closeSync();
	}

	#select(sql: string): Promise<ChunkRows> {
		return this.#read(async (reader) => {
			const result = await reader.stream(sql);
			const out = new BlobRows();
			for (
				let chunk = await result.fetchChunk();
				chunk && chunk.rowCount > 0;
				chunk = await result.fetchChunk()
			) {
				out.add(chunk);
				if (out.sids.length > MAX_ROWS) {
					throw new ServerError('CXR_QUERY_TOO_LARGE', `More than ${MAX_ROWS} chunks.`);
				}
			}
			return {
				sids: Uint32Array.from(out.sids),
				hours: Uint32Array.from(out.hours),
				versions: Float64Array.from(out.versions),
				data: out.data,
				ends: Uint32Array.from(out.ends),
			};
		});
	}

	#read<T>(run: (reader: DuckDBConnection) => Promise<T>): Promise<T> {
		const next = this.#reading.then(() => this.#whole(() => run(this.#reader)));
		this.#reading = next.catch(() => {});
		return next;
	}

	#transaction<T>(run: (writer: DuckDBConnection) => Promise<T>): Promise<T> {
		const writer = this.#writer;
		const next = this.#writing.then(() =>
			this.#whole(async () => {
				await writer.run('BEGIN');
				try {
					const result = await run(writer);
					await writer.run('COMMIT');
					return result;
				} catch (e) {
					await writer.run('ROLLBACK').catch(() => {});
					throw e;
				}
			}),
		);
		this.#writing = next.catch(() => {});
		return next;
	}

	/** Runs on a database that is whole: a checkpoint that failed, on a full disk say, leaves one that refuses all. */
	async #whole<T>(run: () => Promise<T>): Promise<T> {
		if (this.#invalid) {
			this.#recovering ??= this.#recover().finally(() => {
				this.#recovering = null;
			});
			await this.#recovering;
		}
		const running = run();
		this.#running.add(running);
		try {
			return await running;
		} catch (e) {
			if (/invalidated/.test(String(e))) this.#invalid = true;
			throw e;
		} finally {
			this.#running.delete(running);
		}
	}

	/** Attaches the file again; its log is replayed then, so what was committed is there. */
	async #recover(): Promise<void> {
		await Promise.allSettled(this.#running);
		await this.#writer.run('DETACH DATABASE IF EXISTS p');
		await this.#writer.run(this.#attach);
		this.#invalid = false;
	}
}

async function rows(connection: DuckDBConnection, sql: string): Promise<unknown[][]> {
	const reader = await connection.runAndReadAll(sql);
	return reader.getRows() as unknown[][];
}

function turn(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}
