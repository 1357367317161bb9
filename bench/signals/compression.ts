import type { Engine } from '../../app/server/clickhouse/engine.ts';
import { migrate } from '../../app/server/clickhouse/migrate.ts';
import { COLUMNS } from '../../app/server/clickhouse/schema.ts';
import type { Codec } from '../../core-as/facade/index.ts';
import { ANY_TIME } from './row-rates.ts';

const DATABASE = 'codexray_bench';
/** As the server's inserter does it. */
const INSERT_ROWS = 5_000;

export interface Stored {
	rows: number;
	/** Of the columns. */
	uncompressed: number;
	compressed: number;
	/** Of the skipping indexes, the text index among them. */
	index: number;
	/** Everything of the table. */
	disk: number;
	/** OTLP bodies as they came. */
	bodies: number;
	/** Wall time of the inserts. */
	seconds: number;
}

/** Puts bodies into the table that users get, in the inserter's batches, merges its parts, and weighs it. */
export async function storeBodies(
	engine: Engine,
	codec: Codec,
	signal: 'logs' | 'traces',
	bodies: readonly Uint8Array[],
): Promise<Stored> {
	await migrate(engine, DATABASE);
	const table = `${DATABASE}.${signal}`;
	const into = { table, columns: COLUMNS[signal].map(({ name }) => name) };
	let blocks: Uint8Array[] = [];
	let waiting = 0;
	let rows = 0;
	let seconds = 0;
	const insert = async () => {
		const started = performance.now();
		await engine.insert(into, blocks, crypto.randomUUID());
		seconds += (performance.now() - started) / 1000;
		blocks = [];
		waiting = 0;
	};
	for (const body of bodies) {
		const { block, count } =
			signal === 'logs' ? codec.decodeLogs(body, ANY_TIME) : codec.decodeSpans(body, ANY_TIME);
		blocks.push(block.slice());
		waiting += count;
		rows += count;
		if (waiting >= INSERT_ROWS) await insert();
	}
	if (waiting > 0) await insert();
	// A day later the engine has done it by itself.
	await engine.command(`OPTIMIZE TABLE ${table} FINAL`);
	const [found] = await engine.select<Record<'rows' | 'raw' | 'packed' | 'marks' | 'disk', string>>(
		`SELECT sum(rows) AS rows, sum(data_uncompressed_bytes) AS raw, sum(data_compressed_bytes) AS packed,
	sum(secondary_indices_compressed_bytes) AS marks, sum(bytes_on_disk) AS disk
FROM system.parts WHERE active AND database = {database:String} AND table = {table:String}`,
		{ database: DATABASE, table: signal },
	);
	if (Number(found!.rows) !== rows) throw new Error(`BUG: ${found!.rows} rows of ${rows} are in ${table}`);
	return {
		rows,
		uncompressed: Number(found!.raw),
		compressed: Number(found!.packed),
		index: Number(found!.marks),
		disk: Number(found!.disk),
		bodies: bodies.reduce((sum, body) => sum + body.length, 0),
		seconds,
	};
}
