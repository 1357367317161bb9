import assert from 'node:assert/strict';
import { builtModules } from '../testing/modules.ts';
import { otlpDecoded } from '../testing/otlp-body.ts';
import { mutate, Random } from '../testing/random.ts';
import type { CoreModules } from './component.ts';
import { createLogParser, type LogFormat, type LogSource } from './log-source.ts';

let modules: Promise<CoreModules> | undefined;
/** 2026-11-27T20:15:30Z */
const NOW = 1_795_810_530_000_000_000n;
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

async function open(format: LogFormat = 'plain', json = true) {
	modules ??= builtModules();
	const parser = createLogParser(await modules, { json });
	return { parser, source: parser.open(format, 256, 0) };
}

interface Entry {
	body: string;
	level: string;
	/** ns */
	time: string;
	attributes: Record<string, string>;
	trace: string;
	span: string;
}

const encoder = new TextEncoder();
const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex');

function feed(source: LogSource, text: string | Uint8Array, flush = true): Entry[] {
	const bytes = typeof text === 'string' ? encoder.encode(text) : text;
	const { logRecords } = otlpDecoded<{
		logRecords: {
			timeUnixNano?: string;
			severityText: string;
			body: { stringValue: string };
			attributes: { key: string; value: { stringValue?: string } }[];
			traceId?: Uint8Array;
			spanId?: Uint8Array;
		}[];
	}>('ScopeLogs', source.feed(bytes, NOW, flush).records);
	return logRecords.map((record) => ({
		body: record.body.stringValue,
		level: record.severityText,
		time: record.timeUnixNano ?? '0',
		attributes: Object.fromEntries(
			record.attributes
				.filter(({ key }) => key !== 'pattern.hash')
				.map(({ key, value }) => [key, value.stringValue ?? '']),
		),
		trace: hex(record.traceId),
		span: hex(record.spanId),
	}));
}

/** Lines as loggers write them, and what they say. */
const LOGGERS: [logger: string, line: string, expected: Partial<Entry>][] = [
	[
		'pino',
		`{"level":50,"time":1795810501500,"pid":7,"hostname":"web","req":{"id":3,"method":"GET"},"msg":"cannot pay"}`,
		{
			body: 'cannot pay',
			level: 'error',
			time: '1795810501500000000',
			attributes: { pid: '7', hostname: 'web', 'req.id': '3', 'req.method': 'GET' },
		},
	],
	[
		'bunyan',
		'{"name":"app","level":30,"msg":"up","time":"2026-11-27T20:15:01.500Z","v":0}',
		{ body: 'up', level: 'info', time: '1795810501500000000', attributes: { name: 'app', v: '0' } },
	],
	[
		'zap',
		'{"level":"dpanic","ts":1795810501.25,"caller":"a.go:7","msg":"sealed","stacktrace":"a\\n\\tb"}',
		{
			body: 'sealed',
			level: 'critical',
			time: '1795810501250000000',
			attributes: { caller: 'a.go:7', stacktrace: 'a\n\tb' },
		},
	],
	[
		'logrus',
		'{"level":"warning","msg":"slow","time":"2026-11-27T20:15:01Z","took":1.5,"ok":false,"none":null}',
		{ body: 'slow', level: 'warning', attributes: { took: '1.5', ok: 'false' } },
	],
	[
		'zerolog',
		'{"level":"trace","time":1795810501,"message":"in"}',
		{ body: 'in', level: 'debug', time: '1795810501000000000', attributes: {} },
	],
	[
		'slog',
		'{"time":"2026-11-27T20:15:01.000000001Z","level":"ERROR","msg":"no","user":{"id":"u1"}}',
		{ body: 'no', level: 'error', time: '1795810501000000001', attributes: { 'user.id': 'u1' } },
	],
	[
		'Serilog',
		`{"@t":"2026-11-27T20:15:01Z","@mt":"Order {Id}","@m":"Order 7","@l":"Fatal","@tr":"${TRACE}","@sp":"${SPAN}","Id":7}`,
		{
			body: 'Order 7',
			level: 'critical',
			trace: TRACE,
			span: SPAN,
			attributes: { '@mt': 'Order {Id}', Id: '7' },
		},
	],
	[
		'.NET console',
		'{"EventId":14,"LogLevel":"Information","Category":"Host","Message":"Now listening"}',
		{ body: 'Now listening', level: 'info', attributes: { EventId: '14', Category: 'Host' } },
	],
	[
		'ECS',
		`{"@timestamp":"2026-11-27T20:15:01Z","log.level":"WARN","message":"full","trace.id":"${TRACE}","span":{"id":"${SPAN}"}}`,
		{ body: 'full', level: 'warning', trace: TRACE, span: SPAN, attributes: {} },
	],
	[
		'ECS, nested',
		'{"log":{"level":"error","logger":"x"},"message":"broken"}',
		{ body: 'broken', level: 'error', attributes: { 'log.logger': 'x' } },
	],
	[
		'python-json-logger',
		`{"asctime":"2026-11-27 20:15:01,5","levelname":"CRITICAL","message":"gone","otelTraceID":"0","trace_id":"${TRACE.toUpperCase()}"}`,
		{ body: 'gone', level: 'critical', time: '0', trace: TRACE, attributes: { otelTraceID: '0' } },
	],
	[
		'logback',
		'{"level":"SEVERE","message":"x","mdc":{"traceId":"not one","parent":{"span_id":"00f067aa0ba902b7"}},"tags":["a","b"]}',
		{
			body: 'x',
			level: 'error',
			trace: '',
			span: '',
			attributes: { 'mdc.traceId': 'not one', 'mdc.parent.span_id': SPAN, tags: '["a","b"]' },
		},
	],
	[
		'Google Cloud',
		'{"severity":"ALERT","message":"page","httpRequest":{"status":500}}',
		{ body: 'page', level: 'critical', attributes: { 'httpRequest.status': '500' } },
	],
	[
		'no level: the message says it',
		'{"msg":"ERROR cannot"}',
		{ body: 'ERROR cannot', level: 'error', attributes: {} },
	],
	[
		'no message: the whole line',
		'{"event":"start","level":"info"}',
		{ body: '{"event":"start","level":"info"}', level: 'info', attributes: { event: 'start' } },
	],
	[
		'a time far from now is not believed, and a duration is no time',
		'{"ts":1000000000,"time":"1.5s","msg":"m"}',
		{ time: '0', attributes: { time: '1.5s' } },
	],
];

const NO_JSON = [
	'{"msg":"cut off',
	'{"msg":"x"} and more',
	'{msg:"x"}',
	'{"msg":"x",}',
	'{"msg" "x"}',
	'{"a":[1,2}',
	'{"a":}',
	'{braces} in a text',
	'{',
];

export const cases: Record<string, () => void | Promise<void>> = {
	async 'what loggers write becomes message, level, time, ids and attributes'() {
		for (const [logger, line, expected] of LOGGERS) {
			const { source } = await open();
			const found = feed(source, `${line}\n`, false);
			assert.equal(found.length, 1, `${logger}: nothing can continue the line`);
			const { attributes, ...rest } = expected;
			assert.partialDeepStrictEqual(found[0], rest, logger);
			if (attributes) assert.deepEqual(found[0]!.attributes, attributes, logger);
		}
	},

	async 'other texts stay as they are, and all do when JSON is not wanted'() {
		for (const line of NO_JSON) {
			const { source } = await open();
			assert.deepEqual(
				feed(source, `${line}\n`).map(({ body, attributes }) => [body, attributes]),
				[[line, {}]],
			);
		}
		const { source } = await open('plain', false);
		const line = '{"level":"error","msg":"x"}';
		assert.deepEqual(
			feed(source, `${line}\n`).map(({ body, attributes }) => [body, attributes]),
			[[line, {}]],
		);
	},

	async 'inside what runtimes write, whose time wins; and an object over many lines'() {
		const docker = (await open('docker')).source;
		const log = '{"msg":"größe \\u00e9","level":"warn","time":"2026-11-27T20:15:01Z"}\n';
		assert.partialDeepStrictEqual(
			feed(docker, `${JSON.stringify({ log, stream: 'stdout', time: '2026-11-27T20:15:02Z' })}\n`),
			[{ body: 'größe é', level: 'warning', time: '1795810502000000000', attributes: {} }],
		);
		const cri = (await open('cri')).source;
		assert.partialDeepStrictEqual(
			feed(
				cri,
				`2026-11-27T20:15:02Z stdout P {"msg":"in\n2026-11-27T20:15:02Z stdout F  two","level":"error"}\n`,
			),
			[{ body: 'in two', level: 'error' }],
		);
		const { source } = await open();
		const found = feed(
			source,
			'10:00:00 INFO before\n{\n  "level": "error",\n  "msg": "over\\nlines"\n}\n{"msg":"one"}\n10:00:01 INFO after\n',
		);
		assert.deepEqual(
			found.map(({ body, level }) => [body, level]),
			[
				['10:00:00 INFO before\n{\n  "level": "error",\n  "msg": "over\\nlines"\n}', 'info'],
				['one', 'unknown'],
				['10:00:01 INFO after', 'info'],
			],
		);
		assert.deepEqual(
			feed(source, '{\n  "level": "error",\n  "msg": "over\\nlines"\n}\n{"msg":"two"}\n').map(
				({ body, level }) => [body, level],
			),
			[
				['over\nlines', 'error'],
				['two', 'unknown'],
			],
		);
	},

	async 'keys, values and messages are bounded, and cut on a character'() {
		const { source } = await open();
		const many = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`k${i}`, i]));
		const deep = JSON.parse(`${'{"a":'.repeat(10)}1${'}'.repeat(10)}`);
		const [first] = feed(source, `${JSON.stringify({ msg: 'm', deep, long: 'é'.repeat(5_000), ...many })}\n`);
		assert.equal(Object.keys(first!.attributes).length, 100);
		assert.equal(first!.attributes.long, 'é'.repeat(2_048));
		assert.equal(first!.attributes[`deep${'.a'.repeat(7)}`], '{"a":{"a":{"a":1}}}');
		const [second] = feed(
			source,
			`${JSON.stringify({ msg: `a${'é'.repeat(60_000)}`, ['ü'.repeat(400)]: 'v' })}\n`,
		);
		assert.equal(second!.body, `a${'é'.repeat(32_767)}`);
		assert.deepEqual(second!.attributes, { ['ü'.repeat(128)]: 'v' });
		const brackets = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
		assert.equal(feed(source, `{"msg":"m","a":${brackets}}\n`)[0]!.attributes.a, '['.repeat(4_096));
	},

	async 'two thousand random objects say what JSON.parse says'() {
		const random = new Random(5);
		const { source } = await open();
		const texts = ['', 'a', 'é€𝄞', '"\\/\b\f\n\r\t', '\u0001\u001f', '{"x":1}', ' ', '}', ',', '\ud834'];
		const text = () =>
			Array.from({ length: random.below(4) }, () => texts[random.below(texts.length)]).join('');
		const leaf = () =>
			[text(), random.below(1_000), -1.5e-7, true, false, [1, { a: text() }, []]][random.below(6)];
		const object = (depth: number): Record<string, unknown> =>
			Object.fromEntries(
				Array.from({ length: random.below(5) }, (_, i) => [
					`k${i}${text().replaceAll('.', '')}`,
					depth < 3 && random.below(3) === 0 ? object(depth + 1) : leaf(),
				]),
			);
		const flat = (value: Record<string, unknown>, path = ''): [string, string][] =>
			Object.entries(value).flatMap(([key, inner]): [string, string][] => {
				const name = (path ? `${path}.${key}` : key).toWellFormed();
				if (Array.isArray(inner)) return [[name, JSON.stringify(inner)]];
				if (inner && typeof inner === 'object') return flat(inner as Record<string, unknown>, name);
				return [[name, String(inner).toWellFormed()]];
			});
		for (let i = 0; i < 2_000; i++) {
			const value = { msg: 'm', ...object(0) };
			const { msg: _, ...rest } = value;
			const json = JSON.stringify(value, null, random.below(2) ? ' ' : '').replaceAll('\n', ' ');
			const [entry] = feed(source, `${json}\n`);
			assert.equal(entry!.body, 'm', json);
			const expected = Object.fromEntries(
				flat(rest).map(([key, text]) => [key, text.startsWith('[') ? JSON.parse(text) : text]),
			);
			const found = Object.fromEntries(
				Object.entries(entry!.attributes).map(([key, text]) => [
					key,
					text.startsWith('[') ? JSON.parse(text) : text,
				]),
			);
			assert.deepEqual(found, expected, json);
		}
	},

	async 'ten thousand mutants: no trap'() {
		const random = new Random(9);
		const { parser, source } = await open();
		const seeds = LOGGERS.map(([, line]) => encoder.encode(`${line}\n`));
		for (let i = 0; i < 10_000; i++) {
			feed(source, mutate(seeds[random.below(seeds.length)]!, random), random.below(4) === 0);
		}
		assert.equal(parser.traps, 0);
	},
};
