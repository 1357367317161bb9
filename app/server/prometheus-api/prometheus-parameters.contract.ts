import assert from 'node:assert/strict';
import { form, S, started } from '../testing/asked-server.ts';

// What clients may write wrong.

export const cases: Record<string, () => Promise<void>> = {
	async 'what is wrong is said in words and statuses of Prometheus'() {
		const server = await started();
		const range = `start=${S}&end=${S + 60}&step=15`;
		for (const [url, status, type, error] of [
			['query?query=up%7B', 400, 'bad_data', /^invalid parameter "query": 1:4: parse error: /],
			[
				'query',
				400,
				'bad_data',
				/^invalid parameter "query": unknown position: parse error: no expression found/,
			],
			[
				'query?query=up&time=foo',
				400,
				'bad_data',
				'invalid parameter "time": Invalid time value for \'time\': cannot parse "foo" to a valid timestamp',
			],
			[
				'query?query=up&time=2026-02-30T00:00:00Z',
				400,
				'bad_data',
				/^invalid parameter "time": Invalid time value for 'time': cannot parse/,
			],
			[
				'query?query=up&timeout=foo',
				400,
				'bad_data',
				'invalid parameter "timeout": cannot parse "foo" to a valid duration',
			],
			['query?query=up&limit=-1', 400, 'bad_data', 'invalid parameter "limit": limit must be non-negative'],
			['query?query=up&limit=x', 400, 'bad_data', /^invalid parameter "limit": /],
			['query?query=up&timeout=0', 503, 'timeout', 'query timed out in expression evaluation'],
			['query?query=up%20%2B%20on()%20up', 422, 'execution', /many-to-many|found duplicate series/],
			[
				`query_range?query=up&start=2&end=1&step=1`,
				400,
				'bad_data',
				'invalid parameter "end": end timestamp must not be before start time',
			],
			[
				'query_range?query=up&start=1&end=2&step=0',
				400,
				'bad_data',
				/^invalid parameter "step": zero or negative query resolution step widths/,
			],
			[
				'query_range?query=up&start=1&end=2',
				400,
				'bad_data',
				'invalid parameter "step": cannot parse "" to a valid duration',
			],
			[
				'query_range?query=up&start=0&end=11001&step=1',
				400,
				'bad_data',
				/^exceeded maximum resolution of 11,000 points/,
			],
			[
				'query_range?query=up&end=2&step=1',
				400,
				'bad_data',
				'invalid parameter "start": cannot parse "" to a valid timestamp',
			],
			[
				`query_range?query=up%5B5m%5D&${range}`,
				400,
				'bad_data',
				/invalid expression type "range vector" for range query/,
			],
			['series', 400, 'bad_data', 'no match[] parameter provided'],
			['series?match[]=up%7B', 400, 'bad_data', /^invalid parameter "match\[\]": 1:4: parse error: /],
			['series?match[]=rate(up[5m])', 400, 'bad_data', /^invalid parameter "match\[\]": 1:5: parse error: /],
			[
				'series?match[]=%7Ba=%22%22%7D',
				400,
				'bad_data',
				'invalid parameter "match[]": match[] must contain at least one non-empty matcher',
			],
			['labels?match[]=%7Ba=~%22(%22%7D', 400, 'bad_data', /error parsing regexp: missing closing \)/],
			['labels?start=2&end=1', 400, 'bad_data', /^invalid parameter "end"/],
			['label/%EF%BF%BD/values', 400, 'bad_data', /^invalid label name/],
			['format_query?query=%28', 400, 'bad_data', /parse error/],
			['query_exemplars?query=up&start=2&end=1', 400, 'bad_data', /^invalid parameter "end"/],
		] as const) {
			const answer = await server.get(`/api/v1/${url}`);
			const said = answer.json();
			assert.deepEqual(
				[answer.statusCode, said.status, said.errorType],
				[status, 'error', type],
				`${url}: ${answer.body}`,
			);
			if (typeof error === 'string') assert.equal(said.error, error, url);
			else assert.match(said.error, error, url);
		}
		await server.app.close();
	},

	async 'bodies that are no forms, or too long, are refused'() {
		const server = await started();
		const json = await form(server, '/api/v1/query', '{"query":"up"}', {
			'content-type': 'application/json',
		});
		assert.deepEqual([json.statusCode, json.json().errorType], [415, 'bad_data']);
		const long = await form(server, '/api/v1/query', `query=${'1'.repeat(1024 * 1024)}`);
		assert.deepEqual([long.statusCode, long.json().errorType], [413, 'bad_data']);
		await server.app.close();
	},

	async 'no parameter makes the server fail'() {
		const server = await started();
		const texts = [
			...[
				'',
				'up',
				'{',
				'\0',
				'\ud800',
				'1e999',
				'-1',
				'NaN',
				'+Inf',
				'-Inf',
				'0x10',
				'9'.repeat(400),
				'1y',
				'99999y',
				'2026-01-01',
			],
			...[
				'2026-01-01T00:00:00Z',
				'9999-12-31T23:59:59.999999999Z',
				'-292273086-05-16T16:47:06Z',
				'%',
				'%zz',
				'+',
				'[]',
				'{__proto__="x"}',
			],
			...[
				'{"\\xff"="x"}',
				'up[5m]',
				'up offset 300y',
				'up @ 1e300',
				'max_over_time(up[300y:1ms])',
				'sum(up) by (constructor)',
				'U__',
				'U___110000_',
			],
			...[
				'{a=~"(("}',
				'{__name__=~".*"}',
				'('.repeat(600),
				'0.0000001',
				'1e-300',
				'-0',
				'292277025-08-18T07:12:54.999999999Z',
			],
		];
		const names = [
			'query',
			'time',
			'start',
			'end',
			'step',
			'timeout',
			'limit',
			'match[]',
			'lookback_delta',
			'metric',
			'limit_per_metric',
			'stats',
		];
		const paths = [
			'query',
			'query_range',
			'series',
			'labels',
			'label/job/values',
			'metadata',
			'format_query',
			'query_exemplars',
			'status/tsdb',
		];
		let seed = 42;
		const random = (n: number) => {
			seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
			return Math.floor((seed / 2 ** 32) * n);
		};
		const statuses = new Set<number>();
		for (let i = 0; i < 600; i++) {
			const given = new URLSearchParams(
				i % 3 === 0 ? {} : { query: 'up', start: `${S}`, end: `${S + 60}`, step: '15', 'match[]': 'up' },
			);
			for (let n = 1 + random(3); n > 0; n--)
				given.set(names[random(names.length)]!, texts[random(texts.length)]!);
			let path = paths[random(paths.length)]!;
			if (i % 20 === 0)
				path = `label/${encodeURIComponent(texts[random(texts.length)]!.toWellFormed())}/values`;
			const raw =
				i % 7 === 0 ? `&${texts[random(texts.length)]!.toWellFormed().replaceAll('\0', '%00')}` : '';
			const answer =
				i % 2 === 0 || path.includes('/') || path === 'metadata'
					? await server.get(`/api/v1/${path}?${given}`)
					: await form(server, `/api/v1/${path}`, `${given}${raw}`);
			const where = `${path} ${given}${raw}: ${answer.body.slice(0, 300)}`;
			assert.ok([200, 400, 404, 422, 503].includes(answer.statusCode), where);
			statuses.add(answer.statusCode);
			if (answer.statusCode === 503) assert.equal(answer.json().errorType, 'timeout', where);
			if (answer.statusCode !== 404) JSON.parse(answer.body);
		}
		for (const status of [200, 400]) assert.ok(statuses.has(status), `none was answered with ${status}`);
		await server.app.close();
	},
};
