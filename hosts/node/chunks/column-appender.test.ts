import { type DuckDBBlobValue, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Random } from '../../../core-as/testing/random.ts';
import { ColumnAppender } from './column-appender.ts';

const ROWS = 10_000;
let instance: DuckDBInstance;

beforeAll(async () => {
	instance = await DuckDBInstance.create(':memory:');
});
afterAll(() => instance.closeSync());

/** Blobs of 0 to 5000 bytes, many of them around the length that a vector holds itself. */
function rowsOf(seed: number) {
	const random = new Random(seed);
	const blobs = Array.from({ length: ROWS }, () => {
		const size = random.below(3) === 0 ? 10 + random.below(6) : random.below(random.below(9) ? 400 : 5000);
		return random.bytes(random.below(20) === 0 ? 0 : size);
	});
	let end = 0;
	const ends = Uint32Array.from(blobs, (it) => {
		end += it.length;
		return end;
	});
	const sids = Uint32Array.from({ length: ROWS }, () => random.u32());
	const kinds = Uint8Array.from({ length: ROWS }, () => random.u32());
	return { blobs, sids, kinds, columns: { numbers: [sids, kinds], data: Buffer.concat(blobs), ends } };
}

async function appended(append: (appender: ColumnAppender) => void): Promise<[number, Buffer, number][]> {
	const connection = await instance.connect();
	await connection.run('CREATE OR REPLACE TABLE t(sid UINTEGER, data BLOB, kind UTINYINT)');
	const to = { database: 'memory', table: 't' };
	append(await ColumnAppender.create(connection, to, ['u32', 'blob', 'u8']));
	const rows = (await connection.runAndReadAll('FROM t')).getRows();
	connection.closeSync();
	return rows.map(([sid, data, kind]) => [
		sid as number,
		Buffer.from((data as DuckDBBlobValue).bytes),
		kind as number,
	]);
}

test('numbers and blobs of any length come back, as they lie and in an order', async () => {
	const { blobs, sids, kinds, columns } = rowsOf(1);
	const order = Uint32Array.from({ length: ROWS }, (_, i) => (i * 7919) % ROWS);
	const found = await appended((appender) => {
		appender.append(columns, 0, 3);
		appender.append(columns, 3, ROWS);
		appender.flush();
		appender.append(columns, 0, ROWS, order);
		appender.append(columns, 5, 5);
		appender.close();
	});
	const expected = [...sids.keys(), ...order];
	expect(found.length).toBe(expected.length);
	const wrong = found.filter(([sid, data, kind], i) => {
		const row = expected[i]!;
		return sid !== sids[row] || kind !== kinds[row] || Buffer.compare(data, blobs[row]!) !== 0;
	});
	expect(wrong).toEqual([]);
});

test('rows of nothing but short blobs, and of empty ones', async () => {
	const data = Uint8Array.of(1, 2, 3, 4, 5);
	const columns = {
		numbers: [
			[7, 8, 9],
			[1, 2, 3],
		],
		data,
		ends: Uint32Array.of(2, 2, 5),
	};
	const found = await appended((appender) => {
		appender.append(columns, 0, 3);
		appender.append(columns, 1, 2);
		appender.close();
	});
	expect(found.map(([sid, bytes, kind]) => [sid, [...bytes], kind])).toEqual([
		[7, [1, 2], 1],
		[8, [], 2],
		[9, [3, 4, 5], 3],
		[8, [], 2],
	]);
});

test('what is abandoned is not there', async () => {
	const { columns } = rowsOf(2);
	const found = await appended((appender) => {
		appender.append(columns, 0, 100);
		appender.flush();
		appender.append(columns, 100, 5000);
		appender.abandon();
		appender.close();
	});
	expect(found.length).toBe(100);
});
