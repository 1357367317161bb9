import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { onlyRow } from '../testing/activity-row.ts';
import { builtModules } from '../testing/modules.ts';
import { mutate, Random } from '../testing/random.ts';
import { FOUND_OPEN, INBOUND, OUTBOUND, RECEIVE, RecordWriter, SEND } from '../testing/record-writer.ts';
import { spansOf } from '../testing/spans.ts';
import type { CoreModules } from './component.ts';
import { createTracker, type L7Counters } from './tracker.ts';

let modules: CoreModules;

beforeAll(async () => {
	modules = await builtModules();
});

interface Message {
	request: string;
	response: string;
	status: number;
}

const BODY = fc.stringMatching(/^[a-zA-Z\r\n:0-9 ]{0,80}$/);
const HEADERS = fc.array(
	fc.constantFrom(
		'Content-Type: text/html',
		'X-Content-Length: 9',
		'TE: trailers',
		'Transfer-Encodin: chunked',
		'c:',
		't: 1',
		'H: x',
		'Traceparen: x',
		`traceparent: 00-${'1f'.repeat(16)}-${'2e'.repeat(8)}-00`,
		`TraceParent: 00-${'1f'.repeat(16)}-${'2e'.repeat(8)}-01`,
	),
	{ maxLength: 5 },
);

function framed(body: string, style: number): string {
	if (style === 0) return `Content-Length: ${body.length}\r\n\r\n${body}`;
	if (style === 1) return `cOnTeNt-LeNgTh:\t ${body.length} \r\nLast: 1\r\n\r\n${body}`;
	const cut = body.length >> 1;
	const chunks = [body.slice(0, cut), body.slice(cut)].filter((it) => it !== '');
	const text = chunks.map((it) => `${it.length.toString(16)};ext\r\n${it}\r\n`).join('');
	return `Transfer-Encoding: chunked\r\n\r\n${text}0\r\nTrailer: Content-Length: 5\r\n\r\n`;
}

const MESSAGE: fc.Arbitrary<Message> = fc
	.record({
		method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'HEAD'),
		headers: HEADERS,
		body: BODY,
		style: fc.integer({ min: 0, max: 2 }),
		status: fc.constantFrom(200, 201, 204, 301, 304, 404, 500, 503),
		answer: BODY,
		answerStyle: fc.integer({ min: 0, max: 2 }),
		interim: fc.boolean(),
	})
	.map((it) => {
		const withBody = ['POST', 'PUT', 'PATCH'].includes(it.method);
		const lines = it.headers.map((line) => `${line}\r\n`).join('');
		const request = `${it.method} /x?y=${it.body.length} HTTP/1.1\r\n${lines}${withBody ? framed(it.body, it.style) : '\r\n'}`;
		const bodiless = it.method === 'HEAD' || it.status === 204 || it.status === 304;
		const start = `${it.interim ? 'HTTP/1.1 100 Continue\r\n\r\n' : ''}HTTP/1.1 ${it.status} Any\r\n${lines}`;
		const response = start + (bodiless ? 'Content-Length: 99\r\n\r\n' : framed(it.answer, it.answerStyle));
		return { request, response, status: it.status };
	});

/** Requests that were answered while spans were on. */
function exchanges(counters: L7Counters): number {
	const { spans, spansUnsampled, spansLimited, spansOverflow, spansUnnoted } = counters;
	return spans + spansUnsampled + spansLimited + spansOverflow + spansUnnoted;
}

/** Cuts a text in pieces whose sizes follow from `sizes`. */
function pieces(text: string, sizes: readonly number[]): string[] {
	const out: string[] = [];
	for (let at = 0, i = 0; at < text.length; i++) {
		const size = sizes[i % sizes.length] ?? 1;
		out.push(text.slice(at, at + size));
		at += size;
	}
	return out;
}

describe('HTTP/1', () => {
	test('counts do not depend on how the streams are cut', () => {
		const sizes = fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 6 });
		const rounds = fc.array(fc.array(MESSAGE, { minLength: 1, maxLength: 5 }), {
			minLength: 1,
			maxLength: 5,
		});
		fc.assert(
			fc.property(
				rounds,
				sizes,
				sizes,
				fc.constantFrom(OUTBOUND, INBOUND, FOUND_OPEN),
				(pipelines, there, back, role) => {
					const l7 = createTrackerOnce();
					const writer = new RecordWriter();
					const cookie = ++nextCookie;
					writer.connection({ cookie, role, pid: cookie });
					const toServer = role === INBOUND ? RECEIVE : SEND;
					let time = 1e9;
					for (const pipeline of pipelines) {
						for (const payload of pieces(pipeline.map((it) => it.request).join(''), there)) {
							writer.data({ cookie, direction: toServer, time, payload });
						}
						time += 3_000_000;
						for (const payload of pieces(pipeline.map((it) => it.response).join(''), back)) {
							writer.data({ cookie, direction: toServer ^ 1, time, payload });
						}
						time += 1_000_000;
					}
					writer.bytes({ cookie, close: true });
					const before = l7.counters();
					l7.feed(writer.take());
					const activity = l7.take();
					const row = onlyRow(activity);
					l7.take();
					const expected = [0, 0, 0, 0, 0, 0];
					const all = pipelines.flat();
					for (const { status } of all) expected[Math.floor(status / 100) - 1]!++;
					expect(row.http).toEqual(expected);
					expect(row.durationSum).toBeCloseTo(all.length * 0.003, 9);
					expect(row.role).toBe(role === INBOUND ? INBOUND : OUTBOUND);
					const after = l7.counters();
					expect(after.truncated).toBe(before.truncated);
					expect([exchanges(after) - exchanges(before), after.noted]).toEqual([all.length, 0]);
					const spans = spansOf(l7.takeSpans());
					expect(spans).toHaveLength(after.spans - before.spans);
					for (const span of spans) {
						expect(span.kind).toBe(role === INBOUND ? 'server' : 'client');
						expect(span.attributes['http.url']).toMatch(/^http:\/\/10\.0\.0\.[12]:\d+\/x\?y=REDACTED$/);
						expect([span.end - span.start, span.name]).toEqual([3_000_000n, span.attributes['http.method']]);
					}
				},
			),
			{ numRuns: 400 },
		);
	});

	test('20 000 damaged batches: never a trap, counters consistent', () => {
		const random = new Random(5);
		const writer = new RecordWriter();
		const text =
			`POST /a?b=c HTTP/1.1\r\nHost: h:80\r\nTraceparent: 00-${'1f'.repeat(16)}-${'2e'.repeat(8)}-01\r\n` +
			'Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n5\r\nhello\r\n0\r\n\r\n';
		const answer = 'HTTP/1.1 404 No\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\n\r\n';
		for (const role of [OUTBOUND, INBOUND, FOUND_OPEN]) {
			writer.connection({ cookie: role, role });
			writer.data({ cookie: role, direction: SEND, time: 1, payload: text, captured: 150 });
			writer.data({ cookie: role, direction: RECEIVE, time: 2, payload: answer });
			writer.data({ cookie: role, direction: SEND, time: 3, payload: text });
			writer.data({ cookie: role, direction: RECEIVE, time: 4, payload: answer, captured: 30 });
			writer.bytes({ cookie: role, sent: 3, received: 4 });
			if (role === INBOUND) writer.bytes({ cookie: role, close: true });
		}
		const batch = writer.take();
		const spans = { seed: [3n, 4n], sampling: 0.9, perSecond: 1e6 } as const;
		const l7 = createTracker(modules, { maxConnections: 64, maxRows: 64, spans });
		let requests = 0;
		let taken = 0;
		for (let i = 0; i < 20_000; i++) {
			l7.feed(mutate(batch, random));
			if (i % 100 !== 99) continue;
			const { values, width, rows } = l7.take();
			for (let row = 0; row < rows; row++) {
				const columns = values.subarray(row * width, (row + 1) * width);
				const statuses = columns.subarray(7, 13).reduce((sum, n) => sum + n, 0);
				requests += statuses;
				expect(columns.subarray(14).reduce((sum, n) => sum + n, 0)).toBe(statuses);
				expect(Math.min(...columns)).toBeGreaterThanOrEqual(0);
			}
			// An independent decoder reads them, and their texts are UTF-8.
			taken += spansOf(l7.takeSpans()).length;
			const counters = l7.counters();
			expect([exchanges(counters), counters.spans]).toEqual([requests, taken]);
			expect(counters.noted).toBeLessThanOrEqual(64 * 16);
			expect(counters.connections).toBeLessThanOrEqual(64);
			expect(counters.rows).toBeLessThanOrEqual(64);
			// Empty what the damage opened, so that tables do not stay full.
			if (counters.connections > 48) {
				for (let cookie = 0; cookie < 4; cookie++) writer.bytes({ cookie, close: true });
				l7.feed(writer.take());
			}
		}
		expect(requests).toBeGreaterThan(1000);
		expect(taken).toBeGreaterThan(1000);
		const counters = l7.counters();
		expect(counters.traps).toBe(0);
		expect(counters.malformed).toBeGreaterThan(1000);
	});

	let shared: ReturnType<typeof createTracker> | undefined;
	let nextCookie = 0;

	function createTrackerOnce(): ReturnType<typeof createTracker> {
		shared ??= createTracker(modules, { spans: { seed: [1n, 2n], sampling: 0.5, perSecond: 1e6 } });
		return shared;
	}
});
