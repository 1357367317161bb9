import assert from 'node:assert/strict';
import { bodies, encoder, entries, feed, NOW, open } from '../testing/log-feed.ts';
import { patternHash, plainPattern } from '../testing/plain-log-pattern.ts';
import { Random } from '../testing/random.ts';
import { LOG_LEVELS } from './log-source.ts';

const SEVERITIES: [string, string][] = [
	['2026-11-27 10:11:12 ERROR cannot reach bank', 'error'],
	['time="2026-11-27" level=warning msg="slow"', 'warning'],
	['E0516 12:01:02.123456 1 main.go:1] broken', 'error'],
	['F0516 12:01:02.123456 1 main.go:1] gone', 'critical'],
	['[INFO] started', 'info'],
	['NOTICE: table exists', 'info'],
	['<emerg> disk', 'critical'],
	['emergency exit is open', 'critical'],
	['emersed', 'unknown'],
	['wrn: x', 'warning'],
	['a b c d e f g error', 'unknown'],
	['1:M 12 Nov 2019 07:52:11.999 * Ready', 'warning'],
	['1:M 12 Nov 2019 07:52:11.999 - Accepted', 'info'],
	['[4018] 14 Nov 07:01:22.119 . 0 clients', 'debug'],
	['all is well', 'unknown'],
];

export const cases: Record<string, () => void | Promise<void>> = {
	async 'a line says its severity in one of many ways'() {
		const numbers: Record<string, number> = {
			unknown: 0,
			critical: 21,
			error: 17,
			warning: 13,
			info: 9,
			debug: 5,
		};
		for (const [line, level] of SEVERITIES) {
			const { source } = await open();
			const [entry] = feed(source, `${line}\n`);
			assert.equal(entry!.level, level, line);
			assert.equal(entry!.number, numbers[level]);
			assert.equal(entry!.observed, String(NOW));
		}
	},

	async 'records of one read keep their order: their times are a nanosecond apart'() {
		const { source } = await open();
		const found = feed(source, 'INFO a\nINFO b\nINFO c\n');
		assert.deepEqual(
			found.map(({ observed }) => BigInt(observed) - NOW),
			[0n, 1n, 2n],
		);
	},

	async 'docker: escapes, times, entries that go on, lines that are none'() {
		const { source } = await open('docker');
		const line = (log: string, time: string) => `${JSON.stringify({ log, stream: 'stdout', time })}\n`;
		const found = feed(
			source,
			[
				line('größe "x"\t€ 𝄞\n', '2026-11-27T20:15:01.5Z'),
				line('half ', '2026-11-27T20:15:02.000000001+01:00'),
				line('of it\n', '2026-11-27T20:15:03Z'),
				'{"log":"\\ud834\\udd1e \\u00e9 \\ud834 \\q\\n","attrs":{"a":"}"},"time":"x"}\n',
				'not an object\n',
			].join(''),
		);
		assert.deepEqual(
			found.map(({ body, time }) => [body, time]),
			[
				['größe "x"\t€ 𝄞', '1795810501500000000'],
				['half of it', '1795806902000000001'],
				['𝄞 é \ufffd q', '0'],
				['not an object', '0'],
			],
		);
		assert.equal(source.counts().malformed, 1);
	},

	async 'cri: times, partial entries, tags'() {
		const { source } = await open('cri');
		const found = feed(
			source,
			`2026-11-27T20:15:01.000000001Z stdout F first line
2026-11-27T20:15:02Z stderr P sec
2026-11-27T20:15:02Z stderr P ond
2026-11-27T20:15:02Z stderr F  one
2026-11-27T20:15:03Z stdout F:x with  a tag
2026-11-27T20:15:04Z stdout F
no cri
`,
		);
		assert.deepEqual(
			found.map(({ body }) => body),
			['first line', 'second one', 'with  a tag', 'no cri'],
		);
		assert.equal(found[0]!.time, '1795810501000000001');
	},

	async 'lines of one message stay together'() {
		const { source } = await open();
		assert.deepEqual(
			bodies(
				source,
				`2026-11-27 10:00:00 ERROR boom
java.lang.IllegalStateException: no
	at shop.Pay.run(Pay.java:1)
Caused by: x
2026-11-27 10:00:01 INFO next
`,
			),
			[
				'2026-11-27 10:00:00 ERROR boom\njava.lang.IllegalStateException: no\n\tat shop.Pay.run(Pay.java:1)\nCaused by: x',
				'2026-11-27 10:00:01 INFO next',
			],
		);
		assert.deepEqual(
			bodies(
				source,
				`panic: sealed
  detail
}

Traceback (most recent call last):
  File "a.py", line 1
ValueError: no

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "b.py", line 2
KeyError: x
alone
`,
			),
			[
				'panic: sealed\n  detail\n}',
				'Traceback (most recent call last):\n  File "a.py", line 1\nValueError: no\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File "b.py", line 2\nKeyError: x',
				'alone',
			],
		);
	},

	async 'patterns and their hashes are those of the parent system'() {
		const known: [string, string][] = [
			[
				'WARNING: d2cf9441-82d6-4fc6-8c16-d2a8531ff4a5 26 items are not found {name=[aaaabbbbbcccc]} for project UniqueName',
				'WARNING items are not found for project UniqueName',
			],
			['ERROR foo @ 0x000000000daffc3b 0x1 0xaa 0aa3f bar', 'ERROR foo bar'],
		];
		for (const [message, pattern] of known) {
			assert.equal(plainPattern(message), pattern);
			const { source } = await open();
			assert.equal(feed(source, message)[0]!.hash, patternHash(pattern));
		}
		const { parser } = await open();
		const random = new Random(7);
		const parts = [
			'error',
			'warn',
			'"',
			"'",
			'\\',
			'[',
			']',
			'(',
			')',
			'{',
			'}',
			' ',
			'  ',
			':',
			';',
			'=',
			',',
			'ab1c',
			'12',
			'beef',
			'0xF1',
			'größe',
			'x.y-z',
			'_a_',
			'\u00a0',
			'\u2003',
			'a',
			'É',
			'-',
			'550e8400-e29b-41d4-a716-446655440000',
		];
		for (let i = 0; i < 3_000; i++) {
			const text =
				`error ${Array.from({ length: random.below(24) }, () => parts[random.below(parts.length)]).join(random.below(2) ? ' ' : '')}`.trim();
			const source = parser.open('plain', 1, 0);
			const entry = feed(source, `${text}\n`)[0]!;
			assert.equal(entry.hash, patternHash(plainPattern(entry.body)), text);
			source.close();
		}
	},

	async 'one differing word is the same pattern; info has none; beyond the limit there is one for all'() {
		const { source } = await open('plain', 2);
		const lines = [
			'ERROR user alice not found',
			'ERROR user bob not found',
			'ERROR disk is full',
			'ERROR another shape of this',
			'ERROR something else that differs entirely',
			'WARN disk is full',
			'INFO fine',
			'fine too',
		];
		const hashes = lines.flatMap((line) => feed(source, `${line}\n`)).map(({ hash }) => hash);
		const first = patternHash('ERROR user alice not found');
		const zeros = '0'.repeat(32);
		assert.deepEqual(hashes, [
			first,
			first,
			patternHash('ERROR disk is full'),
			zeros,
			zeros,
			patternHash('WARN disk is full'),
			'',
			'',
		]);
		const counts = source.counts();
		const rows = Array.from(counts.levels, (level, i) => [
			LOG_LEVELS[level],
			counts.hashes[i],
			counts.messages[i],
			counts.samples[i],
		]);
		assert.deepEqual(rows, [
			['error', first, 2, lines[0]],
			['error', patternHash('ERROR disk is full'), 1, lines[2]],
			['error', zeros, 2, 'unclassified pattern (pattern limit reached)'],
			['warning', patternHash('WARN disk is full'), 1, lines[5]],
			['info', '', 1, ''],
			['unknown', '', 1, ''],
		]);
		assert.equal(counts.lines, 8);
	},

	async 'bytes may be cut anywhere, and what was not handed out can be fed again to another source'() {
		const random = new Random(11);
		const text = encoder.encode(
			Array.from({ length: 200 }, (_, i) =>
				i % 7 === 3 ? `\tat line ${i}\n` : `10:00:${10 + (i % 50)} INFO größe ${'x'.repeat(i)}\n`,
			).join(''),
		);
		const whole = feed((await open()).source, text).map(({ body }) => body);
		for (let round = 0; round < 30; round++) {
			let { source } = await open();
			const found: string[] = [];
			let at = 0;
			let consumed = 0;
			while (at < text.length) {
				const end = Math.min(text.length, at + 1 + random.below(900));
				const fed = source.feed(text.subarray(at, end), NOW, end === text.length);
				found.push(...entries(fed.records).map(({ body }) => body));
				consumed = fed.consumed;
				at = end;
				if (random.below(6) === 0) {
					// The agent dies here and starts again where records end.
					source = (await open('plain', 256, consumed)).source;
					at = consumed;
				}
			}
			assert.deepEqual(found, whole);
			assert.equal(consumed, text.length);
		}
	},

	async 'long lines and messages are cut on a character, and counted; bytes that are no text are replaced'() {
		const { source } = await open();
		const found = feed(source, `${'é'.repeat(600_000)}\nshort\n`);
		assert.equal(found[0]!.body, 'é'.repeat(32_768));
		assert.equal(found[1]!.body, 'short');
		assert.ok(source.counts().cut >= 1);
		const bad = feed(source, Uint8Array.from([0x61, 0xff, 0xc3, 0x28, 0xe2, 0x82, 0x0a]));
		assert.equal(bad[0]!.body, 'a\ufffd\ufffd(\ufffd\ufffd');
	},

	async 'twenty thousand mutants: no trap'() {
		const random = new Random(3);
		const seeds = [
			'{"log":"ERROR a\\u00e9 \\"b\\" [c]\\n","stream":"stdout","time":"2026-11-27T20:15:01.5Z"}\n',
			'2026-11-27T20:15:02Z stderr P WARN (half\n2026-11-27T20:15:02Z stderr F ) done\n',
			'2026-11-27T20:15:02Z stdout P a\n2026-11-27T20:15:02Z stderr P b\n2026-11-27T20:15:02Z stderr F c\n2026-11-27T20:15:02Z stdout F d\n',
			'{"log":"a","stream":"stdout"}\n{"log":"b\\n","stream":"stderr"}\n{"log":"c\\n","stream":"stdout"}\n',
			'E0516 12:01:02.1 1 a.go:1] x\n\tat y\nCaused by: z\nTraceback (most\n  File\nKeyError: "q\n',
		].map((seed) => encoder.encode(seed));
		for (const format of ['plain', 'docker', 'cri'] as const) {
			const { parser, source } = await open(format, 64);
			for (let i = 0; i < 6_700; i++) {
				const bytes = seeds[random.below(seeds.length)]!.slice();
				for (let n = random.below(5); n >= 0; n--) bytes[random.below(bytes.length)] = random.below(256);
				feed(source, bytes.subarray(0, 1 + random.below(bytes.length)), random.below(4) === 0);
			}
			source.counts();
			assert.equal(parser.traps, 0);
		}
	},
};
