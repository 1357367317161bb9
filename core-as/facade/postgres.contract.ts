import assert from 'node:assert/strict';
import {
	type ConversationOptions,
	Conversations,
	type Outcome,
	summary,
	type Turn,
} from '../testing/conversation.ts';
import { joined } from '../testing/random.ts';
import { FOUND_OPEN, INBOUND } from '../testing/record-writer.ts';

const conversations = new Conversations(5432);
const postgres = (turns: Turn[], options?: ConversationOptions) => conversations.hold(turns, options);

const encoder = new TextEncoder();

/** A message: its type, its length, its body. */
function message(type: string, ...body: (string | number[])[]): Uint8Array {
	const parts = body.map((part) => (typeof part === 'string' ? encoder.encode(part) : Uint8Array.from(part)));
	const size = parts.reduce((sum, part) => sum + part.length, 4);
	const length = Uint8Array.of(size >>> 24, size >>> 16, size >>> 8, size);
	return joined(encoder.encode(type), length, ...parts);
}

const startup = message('', [0, 3, 0, 0], 'user\0shop\0database\0shop\0\0');
const sslRequest = message('', [0x04, 0xd2, 0x16, 0x2f]);
const query = (sql: string) => message('Q', `${sql}\0`);
const parse = (name: string, sql: string) => message('P', `${name}\0${sql}\0`, [0, 0]);
const bind = (name: string, value = 'v') =>
	message('B', `\0${name}\0`, [0, 0, 0, 1], [0, 0, 0, value.length], value, [0, 0]);
const describe = message('D', 'P\0');
const execute = message('E', '\0', [0, 0, 0, 0]);
const sync = message('S');

const ready = message('Z', 'I');
const authentication = joined(
	message('R', [0, 0, 0, 0]),
	message('S', 'server_version\x0016\0'),
	message('K', [0, 0, 0, 1, 0, 0, 0, 2]),
	ready,
);
const rowDescription = message('T', [0, 1], 'id\0', Array(18).fill(0));
const dataRow = (text: string) => message('D', [0, 1, 0, 0, text.length >> 8, text.length & 255], text);
const complete = (tag = 'SELECT 1') => message('C', `${tag}\0`);
const error = (code: string) => message('E', `SERROR\0VERROR\0C${code}\0Mduplicate key value "secret"\0\0`);
const rows = joined(rowDescription, dataRow('1'), complete(), ready);
const parsed = joined(message('1'), message('2'));
const extended = (name: string, sql: string) => joined(parse(name, sql), bind(name), describe, execute, sync);

const opening: Turn[] = [
	['>', startup],
	['<', authentication],
];
const statements = ({ spans }: Outcome) => spans.map(({ attributes }) => attributes['db.statement']);

export const cases: Record<string, () => void | Promise<void>> = {
	async 'simple queries, that succeed and fail, at both ends'() {
		const turns: Turn[] = [
			['>', sslRequest],
			['<', 'N'],
			...opening,
			['>', query('SELECT 1')],
			['<', rows],
			['>', query("INSERT INTO t VALUES (1, 'x'); SELECT 2")],
			['<', joined(complete('INSERT 0 1'), rows)],
			['>', query('')],
			['<', joined(message('I'), ready)],
			['>', query('SELEC 1')],
			['<', joined(error('42601'), ready)],
		];
		for (const options of [{}, { role: INBOUND, port: 40_000, localPort: 5432 }]) {
			const outcome = await postgres(turns, options);
			assert.equal(outcome.protocol, 'postgres');
			assert.deepEqual(summary(outcome), [3, 1, 4, 0]);
			assert.ok(Math.abs(outcome.seconds - 0.004) < 1e-9);
		}
	},

	async 'extended queries, unnamed and prepared'() {
		const outcome = await postgres([
			...opening,
			['>', extended('', 'SELECT * FROM a WHERE id = $1')],
			['<', joined(parsed, rows)],
			['>', extended('s1', 'UPDATE b SET x = $1')],
			['<', joined(parsed, message('n'), complete('UPDATE 1'), ready)],
			['>', joined(bind('s1'), execute, sync)],
			['<', joined(message('2'), complete('UPDATE 0'), ready)],
			['>', joined(bind('unknown'), execute, sync)],
			['<', joined(error('26000'), ready)],
			['>', joined(message('C', 'Ss1\0'), sync)],
			['<', joined(message('3'), ready)],
			['>', joined(bind('s1'), execute, sync)],
			['<', joined(error('26000'), ready)],
		]);
		assert.deepEqual(summary(outcome), [3, 2, 5, 0]);
		assert.deepEqual(statements(outcome), [
			'SELECT * FROM a WHERE id = ?',
			'UPDATE b SET x = ?',
			'UPDATE b SET x = ?',
			undefined,
			undefined,
		]);
		assert.deepEqual(
			outcome.spans.map(({ name }) => name),
			['SELECT', 'UPDATE', 'UPDATE', 'query', 'query'],
		);
	},

	async 'preparing is no query, unless it fails'() {
		const prepare = joined(parse('s', 'SELECT $1::int'), message('D', 'Ss\0'), sync);
		const outcome = await postgres([
			...opening,
			['>', prepare],
			['<', joined(message('1'), message('t', [0, 0]), rowDescription, ready)],
			['>', prepare],
			['<', joined(error('42P05'), ready)],
			['>', joined(bind('s'), execute, sync)],
			['<', joined(message('2'), dataRow('1'), complete(), ready)],
		]);
		assert.deepEqual(summary(outcome), [1, 1, 2, 0]);
	},

	async 'pipelines: many executions before one Sync, and what follows an error is not executed'() {
		const executions = (count: number) =>
			joined(...Array.from({ length: count }, () => [bind(''), execute]).flat());
		const many = await postgres([
			...opening,
			['>', joined(parse('', 'INSERT INTO t VALUES ($1)'), executions(30))],
			['>', executions(30)],
			['>', joined(executions(40), sync)],
			['<', joined(parsed, ...Array.from({ length: 50 }, () => complete('INSERT 0 1')))],
			['<', joined(...Array.from({ length: 50 }, () => complete('INSERT 0 1')), ready)],
			['>', joined(extended('', 'SELECT 1'))],
			['<', joined(parsed, rows)],
		]);
		assert.deepEqual([many.ok, many.failed, many.counters.truncated], [101, 0, 0]);
		const failing = await postgres([
			...opening,
			['>', joined(parse('', 'INSERT INTO t VALUES ($1)'), executions(5), sync, extended('', 'SELECT 2'))],
			['<', joined(parsed, complete('INSERT 0 1'), error('23505'), ready)],
			['<', joined(parsed, rows)],
		]);
		assert.deepEqual(summary(failing), [2, 1, 3, 0]);
		assert.deepEqual(
			failing.spans.map(({ error: failed, attributes }) => [failed, attributes['db.response.status_code']]),
			[
				[false, undefined],
				[true, '23505'],
				[false, undefined],
			],
		);
	},

	async 'messages may be cut at any byte'() {
		const asked = joined(query('SELECT 1'), extended('p', 'SELECT 2'));
		const told = joined(rows, parsed, rowDescription, complete(), ready);
		for (let cut = 1; cut < Math.max(asked.length, told.length); cut++) {
			const outcome = await postgres([
				...opening,
				['>', asked.slice(0, cut)],
				['>', cut < asked.length ? asked.slice(cut) : '\0', cut < asked.length ? undefined : 0],
				['<', told.slice(0, cut)],
				['<', cut < told.length ? told.slice(cut) : '\0', cut < told.length ? undefined : 0],
			]);
			if (cut < asked.length && cut < told.length)
				assert.deepEqual(summary(outcome), [2, 0, 2, 0], `cut at ${cut}`);
		}
	},

	async 'results of any size, and statements beyond what was captured'() {
		const large = joined(
			rowDescription,
			...Array.from({ length: 200 }, () => dataRow('x'.repeat(300))),
			complete(),
			ready,
		);
		const long = `SELECT ${'a, '.repeat(600)} b FROM t`;
		const outcome = await postgres([
			...opening,
			['>', query('SELECT * FROM t')],
			['<', large.slice(0, 20_000)],
			['<', large.slice(20_000)],
			['>', extended('', long), 1024],
			['<', joined(parsed, rows)],
			['>', extended('', 'SELECT 1')],
			['<', joined(parsed, rows)],
			['>', joined(bind('', 'x'.repeat(3_000)), execute, sync), 1024],
			['<', joined(message('2'), error('22001'), ready)],
			['>', query('SELECT 3')],
			['<', rows],
		]);
		assert.deepEqual(summary(outcome), [4, 1, 5, 0]);
		assert.match(String(statements(outcome)[1]), /^SELECT a, a, .*\.\.\.$/);
	},

	async 'a connection that was found open is known by a query'() {
		for (const [port, localPort] of [
			[5432, 40_000],
			[40_000, 5432],
		] as const) {
			const outcome = await postgres(
				[
					['<', dataRow('late')],
					['>', query('SELECT 1')],
					['<', rows],
					['>', extended('', 'SELECT 2')],
					['<', joined(parsed, rows)],
				],
				{ role: FOUND_OPEN, port, localPort },
			);
			assert.deepEqual([outcome.protocol, ...summary(outcome)], ['postgres', 2, 0, 2, 0]);
		}
	},

	async 'encryption, cancellation and replication are left alone'() {
		const encrypted = await postgres([
			['>', sslRequest],
			['<', 'S'],
			['>', '\x16\x03\x01\x02\x00'],
			['<', '\x16\x03\x03\x00\x7a'],
			['>', query('SELECT 1')],
			['<', rows],
		]);
		assert.deepEqual(summary(encrypted), [0, 0, 0, 0]);
		const replication = await postgres([
			...opening,
			['>', query('START_REPLICATION 0/0')],
			['<', message('W', [0, 0, 0])],
			['<', message('d', 'w')],
			['<', joined(complete(), ready)],
		]);
		assert.deepEqual(summary(replication), [0, 0, 0, 0]);
	},

	async 'statements lose their literals, comments and lists'() {
		const texts: [sql: string, normalised: string][] = [
			["SELECT  *\n\tFROM t WHERE a = 'it''s' AND b=12.5e-3", 'SELECT * FROM t WHERE a = ? AND b=?'],
			['SELECT 1, 2,3 FROM t1 WHERE id IN ($1, $2 ,$3)', 'SELECT ? FROM t1 WHERE id IN (?)'],
			["INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y'),(3,'z')", 'INSERT INTO t (a, b) VALUES (?)'],
			["SELECT E'a\\'b', B'01', X'1f', N'n', U&'\\0061' FROM \"T 1\"", 'SELECT ? FROM "T 1"'],
			['SELECT $$secret$$, $a$ $$ $b$ $a$, x$1', 'SELECT ?, x$1'],
			['SELECT 1 -- password\n+ 2 /* a /* b */ secret */ FROM t', 'SELECT ? + ? FROM t'],
			["SELECT 'open", 'SELECT ?'],
			["SELECT 'C:\\' AND b='secret'", 'SELECT ?...'],
			['SELECT "größe" FROM t', 'SELECT "größe" FROM t'],
			["ALTER ROLE x PASSWORD 'hunter2'", 'ALTER ROLE x PASSWORD ?'],
			['SELECT 0xFF, 1_000, .5, 1e10, a.b2', 'SELECT ?, a.b2'],
			['SELECT $tag', 'SELECT ?'],
			['SELECT 1 ; ', 'SELECT ?'],
		];
		for (const [sql, normalised] of texts) {
			const outcome = await postgres([...opening, ['>', query(sql)], ['<', rows]]);
			assert.equal(statements(outcome)[0], normalised, sql);
			const prepared = await postgres([...opening, ['>', extended('x', sql)], ['<', joined(parsed, rows)]]);
			assert.equal(statements(prepared)[0], normalised, sql);
		}
		const [span] = (
			await postgres([...opening, ['>', query("SELECT 'x'")], ['<', joined(error('XX000'), ready)]])
		).spans;
		assert.deepEqual(
			[span!.name, span!.kind, span!.error, span!.parentSpanId],
			['SELECT', 'client', true, ''],
		);
		assert.partialDeepStrictEqual(span!.attributes, {
			'db.system': 'postgresql',
			'db.system.name': 'postgresql',
			'db.query.text': 'SELECT ?',
			'db.operation': 'SELECT',
			'net.peer.name': '10.0.0.2',
			'net.peer.port': 5432,
			'error.type': 'XX000',
		});
	},

	async 'a traceparent in a comment joins the trace'() {
		const sql = "SELECT 1 /*traceparent='00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'*/";
		const { spans } = await postgres([...opening, ['>', query(sql)], ['<', rows]]);
		assert.deepEqual(
			[spans[0]!.traceId, spans[0]!.parentSpanId],
			['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'],
		);
	},

	async 'twenty thousand mutants: no trap, no head left'() {
		const spans = await conversations.holdMutants({
			first: ['>', startup],
			seeds: [
				['>', query("SELECT 'a', $$b$$ FROM t")],
				['>', extended('s', "SELECT E'\\'' -- x")],
				['>', joined(bind('s'), execute, sync)],
				['<', rows],
				['<', joined(parsed, rows)],
				['<', joined(error('23505'), ready)],
				['<', authentication],
			],
			...{ seed: 31, conversations: 4_000 },
		});
		assert.ok(spans > 2_000, `${spans}`);
	},
};
