import assert from 'node:assert/strict';
import { type ConversationOptions, Conversations, summary, type Turn } from '../testing/conversation.ts';
import { FOUND_OPEN, INBOUND } from '../testing/record-writer.ts';

const conversations = new Conversations(6379);
const redis = (turns: Turn[], options?: ConversationOptions) => conversations.hold(turns, options);

/** A command as clients write it. */
const command = (...words: string[]) =>
	`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
const bulk = (text: string) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;

/** Every kind of reply, of RESP2 and RESP3, and whether it is a failure. */
const REPLIES: [reply: string, failed?: boolean][] = [
	['+OK\r\n'],
	['-ERR unknown command\r\n', true],
	[':42\r\n'],
	[':-1\r\n'],
	['$-1\r\n'],
	['$0\r\n\r\n'],
	[bulk('a\r\nb*3\r\n')],
	['*-1\r\n'],
	['*0\r\n'],
	[`*3\r\n${bulk('a')}:1\r\n*2\r\n+x\r\n$-1\r\n`],
	['_\r\n'],
	['#t\r\n'],
	[',1.5e3\r\n'],
	['(3492890328409238509324850943850943825024385\r\n'],
	['!21\r\nSYNTAX invalid syntax\r\n', true],
	['=15\r\ntxt:Some string\r\n'],
	[`%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n:2\r\n`],
	['~2\r\n:1\r\n:2\r\n'],
	[`|1\r\n+ttl\r\n:3600\r\n${bulk('value')}`],
	['|1\r\n+x\r\n:1\r\n-WRONGTYPE no\r\n', true],
];

export const cases: Record<string, () => void | Promise<void>> = {
	async 'every kind of reply answers one command'() {
		const turns = REPLIES.flatMap(([reply]): Turn[] => [
			['>', command('GET', 'k')],
			['<', reply],
		]);
		const failed = REPLIES.filter(([, fails]) => fails).length;
		for (const role of [undefined, INBOUND]) {
			const outcome = await redis(turns, role ? { role, port: 40_000, localPort: 6379 } : {});
			assert.equal(outcome.protocol, 'redis');
			assert.deepEqual(summary(outcome), [REPLIES.length - failed, failed, REPLIES.length, 0]);
			assert.ok(Math.abs(outcome.seconds - REPLIES.length / 1000) < 1e-9);
		}
	},

	async 'pipelines, cut anywhere'() {
		const sent = Array.from({ length: 16 }, (_, i) =>
			i % 2 ? command('GET', `user:${i}`) : command('SET', `user:${i}`, 'x'.repeat(20)),
		).join('');
		const answered = Array.from({ length: 16 }, (_, i) => (i % 2 ? bulk('x'.repeat(20)) : '+OK\r\n')).join(
			'',
		);
		for (let cut = 12; cut < Math.max(sent.length, answered.length); cut += 7) {
			const outcome = await redis([
				['>', sent.slice(0, cut)],
				['>', sent.slice(cut)],
				['<', answered.slice(0, cut)],
				['<', answered.slice(cut)],
			]);
			assert.deepEqual(summary(outcome), [16, 0, 16, 0], String(cut));
			assert.equal(outcome.spans.length, 16);
		}
	},

	async 'values of any size are skipped by their length'() {
		const outcome = await redis([
			['>', command('SET', 'big', 'v'.repeat(100_000))],
			['<', '+OK\r\n'],
			['>', command('GET', 'big') + command('GET', 'small')],
			['<', `${bulk('v'.repeat(50_000))}${bulk('s')}`.slice(0, 30_000)],
			['<', `${bulk('v'.repeat(50_000))}${bulk('s')}`.slice(30_000), 1024],
			['>', command('PING')],
			['<', '+PONG\r\n'],
		]);
		// The second GET's reply lies behind bytes that nobody saw.
		assert.deepEqual(summary(outcome), [3, 0, 3, 1]);
	},

	async 'pipelines beyond what was captured are counted by their replies'() {
		const sent = Array.from({ length: 200 }, (_, i) => command('SET', `key:${i}`, 'v')).join('');
		const outcome = await redis([
			['>', sent, 1024],
			...Array.from({ length: 10 }, (): Turn => ['<', '+OK\r\n'.repeat(20)]),
			['>', command('GET', 'k')],
			['<', '-ERR no\r\n'],
		]);
		assert.deepEqual(summary(outcome).slice(0, 2), [200, 1]);
		assert.equal(outcome.counters.truncated, 0);
		assert.ok(outcome.measured > 20 && outcome.measured < 60, `${outcome.measured} have a latency`);
		const { spans, spansUnnoted } = outcome.counters;
		assert.equal(spans + spansUnnoted, 201);
	},

	async 'what waits for data has no latency'() {
		const waiting = [
			command('BLPOP', 'q', '5'),
			command('brpop', 'q', '0'),
			command('BZPOPMIN', 'z', '1'),
			command('XREAD', 'BLOCK', '100', 'STREAMS', 's', '$'),
			command('XREADGROUP', 'GROUP', 'g', 'c', 'block', '0', 'STREAMS', 's', '>'),
			command('WAIT', '1', '0'),
		];
		const outcome = await redis([
			...waiting.flatMap((each): Turn[] => [
				['>', each],
				['<', '*-1\r\n'],
			]),
			['>', command('XREAD', 'COUNT', '1', 'STREAMS', 'block', '0')],
			['<', '*-1\r\n'],
		]);
		assert.deepEqual(summary(outcome), [waiting.length + 1, 0, 1, 0]);
	},

	async 'messages that nobody asked for are no replies'() {
		const push = `>2\r\n${bulk('invalidate')}*1\r\n${bulk('k')}`;
		const outcome = await redis([
			['>', command('HELLO', '3')],
			['<', `%1\r\n+server\r\n+redis\r\n${push}`],
			['>', command('GET', 'k')],
			['<', `${push}${bulk('v')}${push}`],
		]);
		assert.deepEqual(summary(outcome), [2, 0, 2, 0]);
		const subscribed = await redis([
			['>', command('SUBSCRIBE', 'news')],
			['<', `*3\r\n${bulk('subscribe')}${bulk('news')}:1\r\n`],
			['<', `*3\r\n${bulk('message')}${bulk('news')}${bulk('hello')}`],
			['<', `*3\r\n${bulk('message')}${bulk('news')}${bulk('again')}`],
		]);
		assert.deepEqual(summary(subscribed), [1, 0, 1, 0]);
	},

	async 'a connection that was found open is known by its first command'() {
		const outcome = await redis(
			[
				['<', bulk('late')],
				['>', command('GET', 'k')],
				['<', bulk('v')],
			],
			{ role: FOUND_OPEN },
		);
		assert.deepEqual([outcome.protocol, outcome.ok], ['redis', 1]);
	},

	async 'inline commands count behind others'() {
		const outcome = await redis([
			['>', command('PING')],
			['<', '+PONG\r\n'],
			['>', 'set a b\r\nGET a\r\n'],
			['<', '+OK\r\n$1\r\nb\r\n'],
		]);
		assert.deepEqual(summary(outcome), [3, 0, 3, 0]);
		assert.deepEqual(
			outcome.spans.map(({ name }) => name),
			['PING', 'SET', 'GET'],
		);
	},

	async 'spans say command and key without what stands for a value'() {
		const statements: [words: string[], statement: string][] = [
			[['get', 'user:1234:cart'], 'GET user:?:cart'],
			[['SET', 'session:550e8400-e29b-41d4-a716-446655440000', 'secret'], 'SET session:? ...'],
			[['HSET', 'a.b-c_d/e', 'f', 'v'], 'HSET a.b-c_d/e ...'],
			[['GET', 'deadbeef01'], 'GET ?'],
			[['AUTH', 'default', 'hunter2'], 'AUTH'],
			[['HELLO', '3', 'AUTH', 'default', 'hunter2'], 'HELLO'],
			[['EVAL', "return redis.call('get', 'secret')", '0'], 'EVAL'],
			[['CONFIG', 'SET', 'requirepass', 'hunter2'], 'CONFIG SET ...'],
			[['GET', `k${'x'.repeat(100)}`], `GET k${'x'.repeat(63)}...`],
			[['GET', '\u0000bin'], 'GET ...'],
			[['MSET', 'a', '1', 'b', '2'], 'MSET a ...'],
			[['PING'], 'PING'],
		];
		for (const [words, statement] of statements) {
			const { spans } = await redis([
				['>', command(...words)],
				['<', '-NOAUTH Authentication required.\r\n'],
			]);
			const [span] = spans;
			assert.equal(span!.attributes['db.statement'], statement);
			assert.equal(span!.attributes['db.query.text'], statement);
			assert.equal(span!.name, words[0]!.toUpperCase());
			assert.equal(span!.attributes['db.system'], 'redis');
			assert.equal(span!.attributes['db.operation.name'], words[0]!.toUpperCase());
			assert.equal(span!.attributes['server.port'], 6379);
			assert.equal(span!.attributes['error.type'], 'NOAUTH');
			assert.deepEqual([span!.kind, span!.error], ['client', true]);
		}
		const answering = await redis(
			[
				['>', command('PING')],
				['<', '+PONG\r\n'],
			],
			{
				...{ role: INBOUND, port: 40_000, localPort: 6379 },
			},
		);
		assert.deepEqual([answering.ok, answering.spans], [1, []]);
	},

	async 'twenty thousand mutants: no trap, no head left'() {
		const spans = await conversations.holdMutants({
			first: ['>', command('GET', 'k')],
			seeds: [
				['>', command('XREAD', 'BLOCK', '5', 'STREAMS', 's', '0')],
				...REPLIES.flatMap(([reply]): Turn[] => [
					['>', command('SET', 'k', 'v')],
					['<', reply],
				]),
			],
			...{ seed: 21, conversations: 4_000 },
		});
		assert.ok(spans > 4_000, `${spans}`);
	},
};
