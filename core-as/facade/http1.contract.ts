import assert from 'node:assert/strict';
import { type ActivityRow, onlyRow } from '../testing/activity-row.ts';
import { builtModules } from '../testing/modules.ts';
import { INBOUND, OUTBOUND, RECEIVE, RecordWriter, SEND } from '../testing/record-writer.ts';
import type { CoreModules } from './component.ts';
import { createTracker } from './tracker.ts';

let modules: Promise<CoreModules> | undefined;

/** `>` a record towards the server, `<` one back; `captured` bytes of it are in the record. */
type Record_ = [direction: '>' | '<', payload: string, captured?: number];

/** What a client's connection, or a server's, counts; records are a millisecond apart. */
async function count(
	records: Record_[],
	role = OUTBOUND,
): Promise<ActivityRow & { truncated: number; requests: number }> {
	modules ??= builtModules();
	const l7 = createTracker(await modules);
	const writer = new RecordWriter();
	writer.connection({ cookie: 1, role });
	records.forEach(([way, payload, captured = payload.length], i) => {
		const direction = (way === '>') === (role === OUTBOUND) ? SEND : RECEIVE;
		writer.data({ cookie: 1, direction, time: 1e9 + i * 1e6, payload, captured });
	});
	writer.bytes({ cookie: 1, close: true });
	l7.feed(writer.take());
	const row = onlyRow(l7.take());
	const { truncated, traps } = l7.counters();
	assert.equal(traps, 0);
	const requests = row.http.reduce((sum, n) => sum + n, 0);
	assert.equal(
		row.buckets.reduce((sum, n) => sum + n, 0),
		requests,
		'every request has a latency',
	);
	return { ...row, truncated, requests };
}

const GET = 'GET /a?b=c HTTP/1.1\r\nHost: example.org\r\nAccept: */*\r\n\r\n';
const HEAD = GET.replace('GET', 'HEAD');
const POST = 'POST /p HTTP/1.1\r\nHost: e\r\nContent-Length: 11\r\n\r\nhello=world';
const POST_CHUNKED = 'POST /p HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n';

function response(status: number, body = 'body', headers = ''): string {
	return `HTTP/1.1 ${status} Any\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;
}

const CHUNKED =
	'HTTP/1.1 200 OK\r\ntransfer-ENCODING: gzip, Chunked\r\n\r\n4;x=y\r\nWiki\r\n1A\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nTrailer: x\r\n\r\n';

export const cases: Record<string, () => void | Promise<void>> = {
	async 'requests are counted by status class'() {
		const records: Record_[] = [];
		for (const status of [200, 204, 301, 304, 404, 500, 503, 999]) {
			records.push(
				['>', GET],
				['<', status === 204 || status === 304 ? `HTTP/1.1 ${status} No\r\n\r\n` : response(status)],
			);
		}
		for (const role of [OUTBOUND, INBOUND]) {
			const row = await count(records, role);
			assert.deepEqual(row.http, [0, 2, 2, 1, 2, 1]);
			assert.equal(row.truncated, 0);
		}
	},
	async 'latency is from the first record of a request to the first of its response'() {
		const row = await count([
			['>', POST.slice(0, 10)],
			['>', POST.slice(10)],
			['<', response(200).slice(0, 9)],
			['<', response(200).slice(9)],
			['>', GET],
			['<', response(200)],
		]);
		assert.ok(Math.abs(row.durationSum - 0.003) < 1e-9);
		assert.deepEqual(row.buckets.slice(0, 2), [2, 0]);
	},
	async 'buckets are bounded above and not cumulative'() {
		modules ??= builtModules();
		const l7 = createTracker(await modules);
		const writer = new RecordWriter();
		writer.connection({ cookie: 1, role: INBOUND });
		const seconds = [0.005, 0.0051, 0.02, 0.04, 0.09, 0.2, 0.4, 0.9, 2, 4, 9, 11];
		let time = 1e9;
		for (const wait of seconds) {
			writer.data({ cookie: 1, direction: RECEIVE, time, payload: GET });
			time += wait * 1e9;
			writer.data({ cookie: 1, direction: SEND, time: Math.round(time), payload: response(200) });
			time = Math.round(time) + 1e9;
		}
		l7.feed(writer.take());
		assert.deepEqual(onlyRow(l7.take()).buckets, Array(12).fill(1));
	},
	async 'messages may be cut at any byte'() {
		const requests = POST + GET;
		const answers = CHUNKED + response(404);
		for (let cut = 1; cut < requests.length; cut++) {
			const row = await count([
				['>', requests.slice(0, cut)],
				['>', requests.slice(cut)],
				['<', answers],
			]);
			assert.deepEqual([row.http[1], row.http[3], row.truncated], [1, 1, 0], `request cut at ${cut}`);
		}
		for (let cut = 1; cut < answers.length; cut++) {
			const row = await count([
				['>', requests],
				['<', answers.slice(0, cut)],
				['<', answers.slice(cut)],
			]);
			assert.deepEqual([row.http[1], row.http[3], row.truncated], [1, 1, 0], `response cut at ${cut}`);
		}
	},
	async 'every byte may come in a record of its own'() {
		const bytes = (way: '>' | '<', text: string): Record_[] => Array.from(text, (byte) => [way, byte]);
		const row = await count([
			...bytes('>', POST_CHUNKED),
			...bytes('<', CHUNKED),
			...bytes('>', GET),
			...bytes('<', response(500)),
		]);
		assert.deepEqual([row.http[1], row.http[4], row.truncated], [1, 1, 0]);
	},
	async 'pipelined requests are answered in order'() {
		const row = await count([
			['>', GET + POST + HEAD],
			['<', response(200)],
			['<', response(404)],
			['<', response(500)],
		]);
		assert.deepEqual(row.http, [0, 1, 0, 1, 1, 0]);
		assert.ok(Math.abs(row.durationSum - 0.006) < 1e-9);
	},
	async 'pipelines beyond what is remembered are counted as truncated'() {
		const row = await count([
			['>', GET.repeat(20)],
			['<', response(200).repeat(20)],
			['>', GET],
			['<', response(404)],
		]);
		assert.deepEqual([row.http[1], row.http[3], row.truncated], [16, 1, 4]);
	},
	async 'a response to HEAD, 204 and 304 have no body'() {
		const row = await count([
			['>', HEAD],
			['<', 'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n'],
			['>', GET],
			['<', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5000\r\n\r\n'],
			['>', GET],
			['<', 'HTTP/1.1 204 No Content\r\n\r\n'],
			['>', GET],
			['<', response(200)],
		]);
		assert.deepEqual([row.http[1], row.http[2], row.truncated], [3, 1, 0]);
	},
	async 'interim responses do not end a request'() {
		const row = await count([
			['>', 'POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n'],
			['<', 'HTTP/1.1 100 Continue\r\n\r\n'],
			['>', 'abc'],
			['<', `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${response(201)}`],
			['>', GET],
			['<', response(200)],
		]);
		assert.deepEqual([row.http[0], row.http[1], row.truncated], [0, 2, 0]);
	},
	async 'a switch of protocols and a tunnel end the parsing'() {
		const after: Record_[] = [
			['>', GET],
			['<', response(200)],
		];
		const upgrade = await count([['>', GET], ['<', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'], ...after]);
		assert.deepEqual([upgrade.http[0], upgrade.requests, upgrade.truncated], [1, 1, 0]);
		const connect = 'CONNECT a:443 HTTP/1.1\r\n\r\n';
		const tunnel = await count([['>', connect], ['<', 'HTTP/1.1 200 OK\r\n\r\n'], ...after]);
		assert.deepEqual([tunnel.requests, tunnel.truncated], [1, 0]);
		const refused = await count([['>', connect], ['<', response(403)], ...after]);
		assert.deepEqual([refused.requests, refused.truncated], [2, 0]);
	},
	async 'a response may last until the connection closes'() {
		const row = await count([
			['>', 'GET / HTTP/1.0\r\n\r\n'],
			['<', 'HTTP/1.0 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'],
			['<', 'HTTP/1.1 500 in the body\r\n\r\n'],
		]);
		assert.deepEqual([row.requests, row.truncated], [1, 0]);
	},
	async 'bytes that were not captured are skipped where the end of the body is known'() {
		const row = await count([
			['>', `POST / HTTP/1.1\r\nContent-Length: 5000\r\n\r\n${'x'.repeat(5000)}`, 1024],
			['<', response(200, 'y'.repeat(9000)), 1024],
			['>', GET],
			['<', response(200, 'y'.repeat(3000)).slice(0, 2000), 1024],
			['<', 'y'.repeat(3000).slice(0, 3044 - 2000), 0],
			['>', GET],
			['<', CHUNKED.replace('4;x=y\r\nWiki', `1000\r\n${'z'.repeat(4096)}`).slice(0, 4000), 500],
			['<', CHUNKED.replace('4;x=y\r\nWiki', `1000\r\n${'z'.repeat(4096)}`).slice(4000)],
			['>', GET],
			['<', response(404)],
		]);
		assert.deepEqual([row.http[1], row.http[3], row.truncated], [3, 1, 0]);
	},
	async 'where framing is lost, the next message that is due at the start of a record is taken'() {
		const cookies = `GET / HTTP/1.1\r\nCookie: ${'c'.repeat(3000)}\r\n\r\n`;
		const row = await count([
			['>', cookies, 1024],
			['<', `HTTP/1.1 200 OK\r\nSet-Cookie: ${'c'.repeat(3000)}\r\nContent-Length: 2\r\n\r\nok`, 1024],
			['>', cookies, 1024],
			['<', `${CHUNKED.slice(0, 48)}10\r\n0123456789abcdef\r\nf${'f'.repeat(3000)}`, 60],
			['>', GET],
			['<', response(404)],
		]);
		assert.deepEqual([row.http[1], row.http[3], row.truncated], [2, 1, 0]);
	},
	async 'what looks like a message where none is due is not one'() {
		const lost = `HTTP/1.1 200 OK\r\nX: ${'c'.repeat(3000)}`;
		const row = await count([
			['>', GET],
			['<', lost, 1024],
			['<', response(500)], // a part of the body, as nobody asked
			['>', GET],
			['<', response(404)],
		]);
		assert.deepEqual([row.http[1], row.http[3], row.http[4], row.truncated], [1, 1, 0, 0]);
	},
	async 'bytes that no record reported do not hide the next response'() {
		// sendfile on old kernels: headers by write, the body unseen.
		const row = await count([
			['>', GET],
			['<', 'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n'],
			['>', GET],
			['<', 'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n'],
		]);
		assert.deepEqual([row.http[1], row.truncated], [2, 0]);
	},
	async 'messages whose start or counterpart is hidden are truncated, not guessed'() {
		const hiddenRequest = await count([
			['>', GET + GET, GET.length],
			['<', response(200) + response(404)],
		]);
		assert.deepEqual([hiddenRequest.requests, hiddenRequest.truncated], [1, 1]);
		const hiddenResponse = await count([
			['>', GET + GET],
			['<', response(200) + response(404), response(200).length],
		]);
		assert.deepEqual([hiddenResponse.requests, hiddenResponse.truncated], [1, 1]);
		const resumed = await count([
			['>', GET + GET],
			['<', response(200) + response(404), response(200).length],
			['>', GET],
			['<', response(500)],
		]);
		assert.deepEqual([resumed.http[1], resumed.http[4], resumed.truncated], [1, 1, 1]);
		const unasked = await count([['<', response(200)]]);
		assert.deepEqual([unasked.requests, unasked.truncated], [0, 1]);
	},
	async 'an unanswered request is not counted'() {
		const row = await count([['>', GET]]);
		assert.deepEqual([row.requests, row.truncated], [0, 0]);
	},
	async 'other protocols are left alone, and their bytes counted'() {
		const other = await count(
			Array.from({ length: 30 }, (_, i): Record_ => [i % 2 ? '<' : '>', 'get something\r\n']),
		);
		assert.deepEqual([other.requests, other.truncated, other.bytesSent], [0, 0, 15 * 15]);
		const patience: Record_[] = Array.from({ length: 8 }, () => ['>', 'binary']);
		const late = await count([...patience, ['>', GET], ['<', response(200)]]);
		assert.equal(late.requests, 0);
		const soon = await count([...patience.slice(1), ['>', GET], ['<', response(200)]]);
		assert.equal(soon.requests, 1);
		const rtsp = await count([
			['>', 'OPTIONS rtsp://a RTSP/1.0\r\nCSeq: 1\r\n\r\n'],
			['<', 'RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n'],
		]);
		assert.deepEqual([rtsp.requests, rtsp.truncated], [0, 0]);
	},
	async 'lengths that make no sense lose the framing, nothing more'() {
		for (const length of ['', '-1', '1, 2', '99999999999999999999', '5\r\nContent-Length: 6']) {
			const row = await count([
				['>', GET],
				['<', `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\nHTTP/1.1 500 No\r\n\r\n`],
				['>', GET],
				['<', response(404)],
			]);
			assert.deepEqual([row.http[1], row.http[3], row.requests], [1, 1, 2], length);
		}
	},
	async 'empty lines before a request are ignored'() {
		const row = await count([
			['>', `\r\n${GET}`],
			['<', response(200)],
			['>', '\r\n'],
			['>', GET],
			['<', response(200)],
		]);
		assert.deepEqual([row.http[1], row.truncated], [2, 0]);
	},
};
