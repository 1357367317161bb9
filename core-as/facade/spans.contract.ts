import assert from 'node:assert/strict';
import { builtModules } from '../testing/modules.ts';
import {
	type ConnectionFields,
	FOUND_OPEN,
	INBOUND,
	OUTBOUND,
	RECEIVE,
	RecordWriter,
	SEND,
} from '../testing/record-writer.ts';
import { type ReadableSpan, spansOf } from '../testing/spans.ts';
import type { CoreModules } from './component.ts';
import { createTracker, type L7Tracker, type SpanSettings } from './tracker.ts';

let modules: Promise<CoreModules> | undefined;

async function tracker(settings: Partial<SpanSettings> = {}): Promise<L7Tracker> {
	modules ??= builtModules();
	return createTracker(await modules, { spans: { perSecond: 1_000_000, seed: [1n, 2n], ...settings } });
}

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

function request(target: string, headers: Record<string, string> = { Host: 'shop.example:8000' }): string {
	const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
	return `GET ${target} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

function response(status = 200): string {
	return `HTTP/1.1 ${status} Any\r\nContent-Length: 2\r\n\r\nok`;
}

/** Exchanges over one connection, a microsecond each. */
function exchange(
	l7: L7Tracker,
	exchanges: (string | [request: string, status: number])[],
	connection: Partial<ConnectionFields> = {},
): ReadableSpan[] {
	const writer = new RecordWriter();
	const { role = OUTBOUND } = connection;
	writer.connection({ cookie: 1, role, ...connection });
	const there = role === INBOUND ? RECEIVE : SEND;
	exchanges.forEach((each, i) => {
		const [payload, status] = typeof each === 'string' ? [each, 200] : each;
		writer.data({ cookie: 1, direction: there, time: 5_000_000 + i * 1000, payload });
		writer.data({ cookie: 1, direction: there ^ 1, time: 5_000_400 + i * 1000, payload: response(status) });
	});
	writer.bytes({ cookie: 1, close: true });
	l7.feed(writer.take());
	const spans = spansOf(l7.takeSpans());
	assert.equal(l7.counters().noted, 0, 'every request that was noted is forgotten');
	return spans;
}

const urls = (spans: ReadableSpan[]) => spans.map(({ attributes }) => attributes['http.url']);

export const cases: Record<string, () => void | Promise<void>> = {
	async 'a client span says what was asked of whom, and how it ended'() {
		const l7 = await tracker();
		l7.setClock(1_700_000_000_000_000_000n);
		const [span, ...more] = exchange(l7, [[request('/orders/17'), 404]], { remote: ['10.1.2.3', 8000] });
		assert.equal(more.length, 0);
		const { traceId, spanId, ...rest } = span!;
		assert.match(traceId, /^(?!0{32})[0-9a-f]{32}$/);
		assert.match(spanId, /^(?!0{16})[0-9a-f]{16}$/);
		assert.deepEqual(rest, {
			parentSpanId: '',
			name: 'GET',
			kind: 'client',
			start: 1_700_000_000_005_000_000n,
			end: 1_700_000_000_005_000_400n,
			error: true,
			flags: 0x101,
			attributes: {
				'http.url': 'http://shop.example:8000/orders/17',
				'http.method': 'GET',
				'http.status_code': 404,
				'net.peer.name': '10.1.2.3',
				'net.peer.port': 8000,
				'http.request.method': 'GET',
				'http.response.status_code': 404,
				'server.address': 'shop.example',
				'server.port': 8000,
				'url.full': 'http://shop.example:8000/orders/17',
				'error.type': '404',
			},
			source: 0,
		});
	},
	async 'a server span is an error only where the server failed'() {
		const l7 = await tracker();
		const ends = { local: ['10.0.0.1', 8080], remote: ['10.9.9.9', 41_000] } as const;
		const spans = exchange(
			l7,
			[
				[request('/a/b?user=joe&x', {}), 404],
				[request('/'), 503],
			],
			{ role: INBOUND, local: [...ends.local], remote: [...ends.remote] },
		);
		assert.deepEqual(
			spans.map(({ kind, error }) => [kind, error]),
			[
				['server', false],
				['server', true],
			],
		);
		assert.deepEqual(spans[0]!.attributes, {
			'http.url': 'http://10.0.0.1:8080/a/b?user=REDACTED&REDACTED',
			'http.method': 'GET',
			'http.status_code': 404,
			'net.peer.name': '10.9.9.9',
			'net.peer.port': 41_000,
			'http.request.method': 'GET',
			'http.response.status_code': 404,
			'server.address': '10.0.0.1',
			'server.port': 8080,
			'url.scheme': 'http',
			'url.path': '/a/b',
			'url.query': 'user=REDACTED&REDACTED',
			'client.address': '10.9.9.9',
		});
		assert.equal(spans[1]!.attributes['error.type'], '503');
		assert.equal('url.query' in spans[1]!.attributes, false);
	},
	async 'values of queries, passwords and fragments do not leave the node'() {
		const l7 = await tracker();
		const targets = [
			'/p?a=1&b=&&=c&d=x=y#secret',
			'/p?',
			'/p#secret',
			'http://joe:word@other.example:81/p?k=v',
			'https://other.example',
			'*',
			'/a%20b/\u00fc "',
		];
		assert.deepEqual(
			urls(
				exchange(
					l7,
					targets.map((target) => request(target)),
				),
			),
			[
				'http://shop.example:8000/p?a=REDACTED&b=&&=REDACTED&d=REDACTED',
				'http://shop.example:8000/p?',
				'http://shop.example:8000/p',
				'http://other.example:81/p?k=REDACTED',
				'http://other.example',
				'http://shop.example:8000',
				'http://shop.example:8000/a%20b/%C3%BC',
			],
		);
		const kept = exchange(await tracker({ keepQuery: true }), [request('/p?a=1#s'), request('/p?a=1&b=2')]);
		assert.deepEqual(urls(kept), ['http://shop.example:8000/p?a=1', 'http://shop.example:8000/p?a=1&b=2']);
	},
	async 'hosts with and without port, in brackets, missing'() {
		const l7 = await tracker();
		const hosts = ['a.example', 'a.example:81', '[::1]:8080', '[fd00::2]', '10.0.0.9', ' b:99999999 '];
		const spans = exchange(
			l7,
			hosts.map((Host) => request('/', { Host })),
			{ remote: ['10.0.0.2', 90] },
		);
		assert.deepEqual(
			spans.map(({ attributes }) => [attributes['server.address'], attributes['server.port']]),
			[
				['a.example', 90],
				['a.example', 81],
				['::1', 8080],
				['fd00::2', 90],
				['10.0.0.9', 90],
				['b:99999999', 90],
			],
		);
	},
	async 'a long target is cut, and so is what escaping makes of it'() {
		const l7 = await tracker();
		const [long, wide, many] = urls(
			exchange(l7, [
				request(`/${'x'.repeat(900)}`),
				request(`/${'\u00fc'.repeat(300)}`),
				request(`/?${'a&'.repeat(450)}`),
			]),
		) as string[];
		assert.match(long!, /^http:\/\/shop\.example:8000\/x{507}\.\.\.$/);
		assert.match(wide!, /^http:\/\/shop\.example:8000\/(%C3%BC)+(%C3)?\.\.\.$/);
		assert.match(many!, /^http:\/\/shop\.example:8000\/\?(REDACTED&)+.*\.\.\.$/);
		assert.ok(many!.length <= 2048 + 3);
	},
	async 'a traceparent joins its trace, on both sides'() {
		for (const role of [OUTBOUND, INBOUND]) {
			const l7 = await tracker({ sampling: 0 });
			const spans = exchange(
				l7,
				[
					request('/', { Host: 'a', Traceparent: `00-${TRACE}-${PARENT}-01` }),
					request('/', { tRaCePaReNt: `  cc-${TRACE}-${PARENT}-09-more \t`, 'Transfer-Encodin': 'x' }),
					request('/', { traceparent: `00-${TRACE}-${PARENT}-00` }),
				],
				{ role },
			);
			assert.deepEqual(
				spans.map(({ traceId, parentSpanId, flags }) => [traceId, parentSpanId, flags]),
				[
					[TRACE, PARENT, 0x301],
					[TRACE, PARENT, 0x309],
				],
			);
			assert.equal(new Set([PARENT, ...spans.map(({ spanId }) => spanId)]).size, 3);
			const counters = l7.counters();
			assert.deepEqual([counters.spans, counters.spansUnsampled], [2, 1]);
		}
	},
	async 'a traceparent that is none begins a trace of its own'() {
		const l7 = await tracker();
		const wrong = [
			`ff-${TRACE}-${PARENT}-01`,
			`00-${TRACE}-${PARENT}-01-more`,
			`01-${TRACE}-${PARENT}-01x`,
			`00-${'0'.repeat(32)}-${PARENT}-01`,
			`00-${TRACE}-${'0'.repeat(16)}-01`,
			`00-${TRACE.toUpperCase()}-${PARENT}-01`,
			`00-${TRACE}-${PARENT}-0`,
			`00-${TRACE}_${PARENT}-01`,
			'',
			`00-${TRACE}-${PARENT}-01\r\nTraceparent: 00-${TRACE}-${PARENT}-01`,
		];
		const spans = exchange(
			l7,
			wrong.map((traceparent) => request('/', { traceparent })),
		);
		assert.equal(spans.length, wrong.length);
		assert.deepEqual(
			spans.filter(({ traceId, parentSpanId }) => traceId === TRACE || parentSpanId !== ''),
			[],
		);
		assert.equal(new Set(spans.map(({ traceId }) => traceId)).size, wrong.length);
	},
	async 'heads may be cut at any byte'() {
		const l7 = await tracker();
		const text = request('/a?b=c', { Host: 'h:1', traceparent: `00-${TRACE}-${PARENT}-01`, TE: 'x' });
		for (let cut = 1; cut < text.length; cut++) {
			const writer = new RecordWriter();
			writer.connection({ cookie: cut, role: OUTBOUND });
			writer.data({ cookie: cut, direction: SEND, time: 1, payload: text.slice(0, cut) });
			writer.data({ cookie: cut, direction: SEND, time: 2, payload: text.slice(cut) });
			writer.data({ cookie: cut, direction: RECEIVE, time: 3, payload: response() });
			writer.bytes({ cookie: cut, close: true });
			l7.feed(writer.take());
			const [span] = spansOf(l7.takeSpans());
			assert.equal(span?.traceId, TRACE, `cut at ${cut}`);
			assert.equal(span?.attributes['http.url'], 'http://h:1/a?b=REDACTED', `cut at ${cut}`);
		}
	},
	async 'an answer that comes before its request ended takes the head with it'() {
		const l7 = await tracker();
		const writer = new RecordWriter();
		writer.connection({ cookie: 1, role: OUTBOUND }).connection({ cookie: 2, role: OUTBOUND });
		writer.data({ cookie: 1, direction: SEND, time: 1, payload: 'GET /early HTTP/1.1\r\nHost: ea' });
		writer.data({ cookie: 1, direction: RECEIVE, time: 2, payload: response(400) });
		writer.data({ cookie: 2, direction: SEND, time: 3, payload: 'GET /late HTTP/1.1\r\n' });
		writer.data({
			cookie: 1,
			direction: SEND,
			time: 4,
			payload: `rly\r\nHost: wrong\r\ntraceparent: x\r\n\r\n`,
		});
		writer.data({ cookie: 2, direction: SEND, time: 5, payload: 'Host: late\r\n\r\n' });
		writer.data({ cookie: 2, direction: RECEIVE, time: 6, payload: response() });
		l7.feed(writer.take());
		assert.deepEqual(urls(spansOf(l7.takeSpans())), ['http://ea/early', 'http://late/late']);
		assert.equal(l7.counters().noted, 0);
	},
	async 'sampling takes a share, and the sum tells all exchanges'() {
		const l7 = await tracker({ sampling: 0.25, seed: [77n, 78n] });
		const spans = exchange(
			l7,
			Array.from({ length: 2000 }, () => request('/')),
		);
		assert.ok(spans.length > 400 && spans.length < 600, `${spans.length} of 2000`);
		const counters = l7.counters();
		assert.deepEqual([counters.spans, counters.spansUnsampled], [spans.length, 2000 - spans.length]);
		assert.equal(new Set(spans.map(({ spanId }) => spanId)).size, spans.length);
	},
	async 'beyond the rate errors and sampled traces come first'() {
		const l7 = await tracker({ perSecond: 100 });
		const plain = Array.from({ length: 200 }, () => request('/plain'));
		// 200 exchanges within 0.2 ms of the records' time: the bucket's upper half.
		assert.equal(exchange(l7, plain).length, 50);
		const traced = request('/traced', { traceparent: `00-${TRACE}-${PARENT}-01` });
		const urgent: [string, number][] = [
			[traced, 200],
			[request('/broken'), 500],
			[request('/plain'), 200],
		];
		assert.deepEqual(urls(exchange(l7, urgent)), [
			'http://10.0.0.2:80/traced',
			'http://shop.example:8000/broken',
		]);
		const counters = l7.counters();
		assert.deepEqual([counters.spans, counters.spansLimited], [52, 151]);
	},
	async 'what finds no room until the next take is dropped and counted'() {
		const l7 = await tracker();
		const many = Array.from({ length: 5000 }, () => request('/'));
		const spans = exchange(l7, many);
		assert.ok(spans.length > 1000 && spans.length <= 4096, `${spans.length}`);
		assert.equal(l7.counters().spansOverflow, 5000 - spans.length);
		assert.equal(exchange(l7, many.slice(0, 10)).length, 10);
	},
	async 'feed says how many bytes wait; without settings none do, and nothing is noted'() {
		modules ??= builtModules();
		const batch = () => {
			const writer = new RecordWriter();
			writer.connection({ cookie: 1, role: FOUND_OPEN });
			writer.data({ cookie: 1, direction: SEND, time: 1, payload: request('/') });
			writer.data({ cookie: 1, direction: RECEIVE, time: 2, payload: response() });
			writer.data({ cookie: 1, direction: SEND, time: 3, payload: request('/') });
			return writer.take();
		};
		const off = createTracker(await modules);
		assert.equal(off.feed(batch()), 0);
		assert.equal(off.takeSpans().spans, 0);
		assert.deepEqual([off.counters().noted, off.counters().spansUnnoted], [0, 0]);
		const on = await tracker();
		const waiting = on.feed(batch());
		assert.equal(on.counters().noted, 1);
		assert.equal(on.takeSpans().data.length, waiting);
		assert.equal(on.takeSpans().spans, 0);
	},
	async 'requests beyond what can be noted are counted'() {
		const l7 = await tracker();
		const writer = new RecordWriter();
		for (let cookie = 1; cookie <= 8200; cookie++) {
			writer.connection({ cookie, role: OUTBOUND });
			writer.data({ cookie, direction: SEND, time: 1, payload: request('/') });
		}
		writer.data({ cookie: 8200, direction: RECEIVE, time: 2, payload: response() });
		writer.data({ cookie: 1, direction: RECEIVE, time: 2, payload: response() });
		l7.feed(writer.take());
		const counters = l7.counters();
		assert.deepEqual([counters.spansUnnoted, counters.spans, counters.noted], [1, 1, 8191]);
		for (let cookie = 1; cookie <= 8200; cookie++) writer.bytes({ cookie, close: true });
		l7.feed(writer.take());
		assert.equal(l7.counters().noted, 0);
	},
	async 'spans tell whose they are'() {
		const l7 = await tracker();
		const writer = new RecordWriter();
		const of = (cookie: number, fields: Partial<ConnectionFields>) => {
			writer.connection({ cookie, role: OUTBOUND, ...fields });
			writer.data({ cookie, direction: SEND, time: cookie, payload: request(`/${cookie}`) });
			writer.data({ cookie, direction: RECEIVE, time: cookie, payload: response() });
		};
		of(1, { pid: 11, cgroup: 111, netns: 5, remote: ['10.0.0.3', 80] });
		of(2, { pid: 12, cgroup: 112, netns: 6, remote: ['10.0.0.4', 81] });
		of(3, { pid: 11, cgroup: 111, netns: 5, remote: ['10.0.0.3', 80] });
		l7.feed(writer.take());
		const batch = l7.takeSpans();
		assert.deepEqual(
			[batch.sources, [...batch.pids], [...batch.cgroups], [...batch.netns], [...batch.ports]],
			[2, [11, 12], [111n, 112n], [5, 6], [80, 81]],
		);
		assert.deepEqual([...batch.roles], [OUTBOUND, OUTBOUND]);
		assert.deepEqual([...batch.addresses.subarray(28)], [10, 0, 0, 4]);
		assert.deepEqual([...batch.sourceOf], [0, 1, 0]);
		// The numbers of the last batch mean nothing in the next.
		of(2, {});
		l7.feed(writer.take());
		assert.deepEqual([...l7.takeSpans().pids], [7]);
	},
	async 'addresses of IPv6 are written as people do'() {
		const l7 = await tracker();
		const writer = new RecordWriter();
		const addresses: [number[], string][] = [
			[[0xfd00, 0, 0, 0, 0, 0, 0, 2], 'fd00::2'],
			[[0, 0, 0, 0, 0, 0, 0, 1], '::1'],
			[[0x2001, 0xdb8, 0, 1, 0, 0, 0x10, 0xa], '2001:db8:0:1::10:a'],
			[[1, 0, 2, 3, 4, 5, 6, 7], '1:0:2:3:4:5:6:7'],
			[[1, 0, 0, 0, 0, 0, 0, 0], '1::'],
		];
		addresses.forEach(([groups], i) => {
			const batch = writer.connection({ cookie: i + 1, role: OUTBOUND }).take();
			groups.forEach((group, at) => {
				new DataView(batch.buffer).setUint16(8 + 64 + at * 2, group);
			});
			l7.feed(batch);
			writer.data({ cookie: i + 1, direction: SEND, time: 1, payload: request('/', {}) });
			writer.data({ cookie: i + 1, direction: RECEIVE, time: 2, payload: response() });
			l7.feed(writer.take());
		});
		assert.deepEqual(
			spansOf(l7.takeSpans()).map(({ attributes }) => [attributes['net.peer.name'], attributes['http.url']]),
			addresses.map(([, text]) => [text, `http://[${text}]:80/`]),
		);
	},
};
