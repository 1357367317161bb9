import type { Engine } from '../engine.ts';
import { BlobAnswer, endRow } from './blob-answer.ts';
import type { RowBinary } from './row-binary.ts';

export type ChunkTableName = 'claims' | 'log' | 'series' | 'metadata' | 'open' | 'closed' | 'tiers';

/** A part of a table that is dropped as a whole, with the numbers of its key. */
export interface Partition {
	text: string;
	key: number[];
	bytes: number;
}

/** Partitions that one insert may touch: ClickHouse takes 100. */
const MAX_PARTITIONS = 90;

/** The tables of one chunk store: what all of its parts ask and write. Rejects as Engine does. */
export class ChunkTables {
	readonly #engine: Engine;
	readonly database: string;

	constructor(engine: Engine, database: string) {
		this.#engine = engine;
		this.database = database;
	}

	get engine(): Engine {
		return this.#engine;
	}

	name(table: ChunkTableName): string {
		return `${this.database}.${table}`;
	}

	command(sql: string): Promise<void> {
		return this.#engine.command(sql);
	}

	/** Rows of a few numbers. */
	async numbers<Name extends string>(sql: string): Promise<Record<Name, number>[]> {
		const rows = await this.#engine.select<Record<Name, number | string>>(sql, {});
		return rows.map(
			(row) =>
				Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Number(value)])) as Record<
					Name,
					number
				>,
		);
	}

	select<Row>(sql: string): Promise<Row[]> {
		return this.#engine.select<Row>(sql, {});
	}

	/** Rows of `columns` UInt32 and a String of all queries, by the first `keys` columns. Throws CXR_QUERY_TOO_LARGE. */
	async blobs(
		columns: number,
		queries: readonly string[],
		keys: number,
	): Promise<ReturnType<BlobAnswer['rows']>> {
		const order = Array.from({ length: keys }, (_, i) => i + 1).join(', ');
		const all = [...queries, endRow(columns)].join(' UNION ALL ');
		const answer = new BlobAnswer(columns);
		await this.#engine.read(`SELECT * FROM (${all}) ORDER BY ${order}`, (bytes) => answer.take(bytes));
		return answer.rows();
	}

	/** Each insert has a token of its own: none is taken for another. */
	async insert(table: ChunkTableName, columns: readonly string[], rows: RowBinary): Promise<void> {
		if (rows.length === 0) return;
		const into = { table: this.name(table), columns };
		await this.#engine.insert(into, [rows.written()], crypto.randomUUID());
	}

	/** Active ones of a table. */
	async partitions(table: ChunkTableName): Promise<Partition[]> {
		const rows = await this.#engine.select<{ partition: string; bytes: string }>(
			`SELECT partition, sum(bytes_on_disk) AS bytes FROM system.parts
WHERE database = {database:String} AND table = {table:String} AND active GROUP BY partition`,
			{ database: this.database, table },
		);
		return rows.map(({ partition, bytes }) => ({
			text: partition,
			key: (partition.match(/\d+/g) ?? []).map(Number),
			bytes: Number(bytes),
		}));
	}

	async drop(table: ChunkTableName, partitions: readonly Pick<Partition, 'text'>[]): Promise<void> {
		for (let from = 0; from < partitions.length; from += MAX_PARTITIONS) {
			const drops = partitions.slice(from, from + MAX_PARTITIONS).map(({ text }) => {
				if (!/^[\d(), ]+$/.test(text)) throw new Error(`BUG: partition ${text}`);
				return `DROP PARTITION ${text}`;
			});
			await this.command(`ALTER TABLE ${this.name(table)} ${drops.join(', ')}`);
		}
	}
}

/** Cuts indexes, sorted by `partitionOf`, into lists of at most 90 partitions, which one insert takes. */
export function byPartitions(indexes: Uint32Array, partitionOf: (index: number) => number): Uint32Array[] {
	const lists: Uint32Array[] = [];
	let from = 0;
	let seen = 0;
	let last = -1;
	for (let k = 0; k < indexes.length; k++) {
		const partition = partitionOf(indexes[k]!);
		if (partition !== last) {
			last = partition;
			if (++seen > MAX_PARTITIONS) {
				lists.push(indexes.subarray(from, k));
				from = k;
				seen = 1;
			}
		}
	}
	if (from < indexes.length) lists.push(indexes.subarray(from));
	return lists;
}
