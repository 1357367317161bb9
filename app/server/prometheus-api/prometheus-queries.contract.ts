import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import { form, q, S, started, T } from '../testing/asked-server.ts';
import { HOST } from '../testing/test-server.ts';

export const cases: Record<string, () => Promise<void>> = {
	async 'instant queries answer vectors, matrices, scalars and strings as Prometheus writes them'() {
		const server = await started();
		const text = async (query: string, more = '') =>
			(await server.get(`/api/v1/query?query=${q(query)}&time=${S}${more}`)).body;
		assert.equal(
			await text('up{job="b"}'),
			`{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"up","instance":"\\"2\\"","job":"b"},"value":[${S},"0"]}]}}`,
		);
		assert.equal(
			await text('up{job="a"}[2m]'),
			`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"up","instance":"1","job":"a"},"values":[[${S - 60},"1"],[${S},"1"]]}]}}`,
		);
		assert.equal(
			await text('1 / 3'),
			`{"status":"success","data":{"resultType":"scalar","result":[${S},"0.3333333333333333"]}}`,
		);
		assert.equal(
			await text('"\\u00e4"'),
			`{"status":"success","data":{"resultType":"string","result":[${S},"ä"]}}`,
		);
		assert.equal(await text('none'), '{"status":"success","data":{"resultType":"vector","result":[]}}');
		const values = JSON.parse((await text('sort_by_label(odd, "kind")')) || '{}');
		assert.equal(values.status, 'error', 'an experimental function is not enabled');
		const odd = JSON.parse(await text('odd')).data.result as {
			metric: { kind: string };
			value: [number, string];
		}[];
		assert.deepEqual(Object.fromEntries(odd.map(({ metric, value }) => [metric.kind, value[1]])), {
			nan: 'NaN',
			inf: '-Inf',
			small: '1.5e-09',
		});
		const cut = JSON.parse(await text('up', '&limit=1'));
		assert.equal(cut.data.result.length, 1);
		assert.deepEqual(cut.warnings, ['results truncated due to limit']);
		await server.app.close();
	},

	async 'long answers are compressed for who takes that, short ones go as they are'() {
		const server = await started();
		const ask = (query: string, encoding: string) =>
			server.app.inject({
				url: `/api/v1/query_range?query=${q(query)}&start=${S - 60}&end=${S}&step=0.01`,
				headers: { ...HOST, 'x-api-key': server.key, 'accept-encoding': encoding },
			});
		const plain = await ask('up', 'gzip;q=0, identity');
		assert.equal(plain.headers['content-encoding'], undefined);
		assert.ok(plain.rawPayload.length > 100_000, `${plain.rawPayload.length} bytes`);
		const packed = await ask('up', 'deflate, gzip');
		assert.equal(packed.headers['content-encoding'], 'gzip');
		assert.equal(packed.headers.vary, 'accept-encoding');
		assert.ok(packed.rawPayload.length < plain.rawPayload.length / 5, `${packed.rawPayload.length} bytes`);
		assert.equal(gunzipSync(packed.rawPayload).toString(), plain.body);
		assert.equal((await ask('none', 'gzip')).headers['content-encoding'], undefined);
		await server.app.close();
	},

	async 'range queries take times as numbers and dates, steps as numbers and durations, by GET and POST'() {
		const server = await started();
		const wanted = [
			{
				metric: { job: 'a' },
				values: [
					[S - 60, '1'],
					[S - 59.5, '1'],
					[S - 59, '1'],
				],
			},
		];
		const query = q('sum by (job) (up{job="a"})');
		const start = q(new Date(T - 60_000).toISOString());
		for (const rest of [
			`start=${S - 60}&end=${S - 59}&step=0.5`,
			`start=${start}&end=${q(new Date(T - 59_000).toISOString().replace('Z', '+00:00'))}&step=500ms`,
		]) {
			const byGet = await server.get(`/api/v1/query_range?query=${query}&${rest}`);
			assert.deepEqual(byGet.json().data, { resultType: 'matrix', result: wanted }, byGet.body);
			const byPost = await form(server, '/api/v1/query_range', `query=${query}&${rest}`);
			assert.equal(byPost.body, byGet.body);
		}
		const body = await form(
			server,
			`/api/v1/query_range?query=none&step=0.5`,
			`query=${query}&start=${S - 60}&end=${S - 59}`,
		);
		assert.deepEqual(body.json().data.result, wanted, 'the body comes before the address');
		await server.app.close();
	},

	async 'an answer of many samples comes in pieces and whole'() {
		const server = await started();
		const answer = await server.get(
			`/api/v1/query_range?query=${q('label_replace(up{job="a"}, "t", "x", "", "") or up or odd')}&start=${S}&end=${S + 290}&step=0.05`,
		);
		assert.equal(answer.statusCode, 200, answer.body.slice(0, 300));
		assert.equal(answer.headers['content-length'], undefined);
		const { result } = answer.json().data as { result: { values: [number, string][] }[] };
		assert.deepEqual(
			result.map(({ values }) => values.length),
			[5801, 5801, 5801, 5801, 5801, 5801].slice(0, result.length),
		);
		assert.ok(result.length >= 5);
		assert.deepEqual(
			result[0]!.values.slice(1, 3).map(([time]) => time),
			[S + 0.05, S + 0.1],
		);
		await server.app.close();
	},
};
