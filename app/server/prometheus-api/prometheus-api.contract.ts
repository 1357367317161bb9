import assert from 'node:assert/strict';
import { data, form, q, S, started, T } from '../testing/asked-server.ts';
import { HOST } from '../testing/test-server.ts';

export const cases: Record<string, () => Promise<void>> = {
	async 'series, label names and label values, of selectors and of times'() {
		const server = await started();
		const a = { __name__: 'up', instance: '1', job: 'a' };
		const b = { __name__: 'up', instance: '"2"', job: 'b' };
		assert.deepEqual(await data(server, '/api/v1/series?match[]=up&match[]=up%7Bjob=%22a%22%7D'), [b, a]);
		assert.deepEqual(await data(server, '/api/v1/series?match[]=%7Bjob=~%22a|gone%22%7D'), [
			{ __name__: 'old', job: 'gone' },
			a,
		]);
		assert.deepEqual(
			await data(server, `/api/v1/series?match[]=%7Bjob!=%22%22%7D&start=${S - 60}&end=${S - 1}`),
			[a],
		);
		assert.deepEqual(await data(server, '/api/v1/labels'), ['__name__', 'instance', 'job', 'kind']);
		assert.deepEqual(await data(server, '/api/v1/labels?match[]=old&match[]=odd'), [
			'__name__',
			'job',
			'kind',
		]);
		assert.deepEqual(await data(server, '/api/v1/label/job/values'), ['a', 'b', 'gone']);
		assert.deepEqual(await data(server, '/api/v1/label/U__job/values'), ['a', 'b', 'gone']);
		assert.deepEqual(await data(server, '/api/v1/label/U__no_2e_such/values'), []);
		assert.deepEqual(await data(server, `/api/v1/label/job/values?start=${S - 3600}&end=${S}`), ['a', 'b']);
		assert.deepEqual(await data(server, '/api/v1/label/job/values?match[]=up&limit=5'), ['a', 'b']);
		assert.deepEqual(await data(server, '/api/v1/label/none/values'), []);
		for (const url of ['series?match[]=up', 'labels?', 'label/job/values?']) {
			const answer = await server.get(`/api/v1/${url}&limit=1`);
			assert.equal(answer.json().data.length, 1, url);
			assert.deepEqual(answer.json().warnings, ['results truncated due to limit'], url);
		}
		const posted = await form(server, '/api/v1/series', `match[]=up&match[]=old&start=${S - 10}`);
		assert.deepEqual(posted.json().data, [b, a]);
		await server.app.close();
	},

	async 'what there is none of is empty and well formed'() {
		const server = await started();
		assert.equal(
			await data(server, `/api/v1/format_query?query=${q('sum(rate( up[5m])) by(job)')}`),
			'sum by (job) (rate(up[5m]))',
		);
		assert.deepEqual(await data(server, '/api/v1/metadata?limit=5&metric=up'), {});
		assert.deepEqual(await data(server, '/api/v1/rules'), { groups: [] });
		assert.deepEqual(await data(server, '/api/v1/alerts'), { alerts: [] });
		assert.deepEqual(await data(server, `/api/v1/query_exemplars?query=up&start=${S}&end=${S}`), []);
		assert.deepEqual(await data(server, '/api/v1/targets'), {
			activeTargets: [],
			droppedTargets: [],
			droppedTargetCounts: {},
		});
		assert.deepEqual(await data(server, '/api/v1/status/flags'), {});
		assert.deepEqual(await data(server, '/api/v1/status/config'), { yaml: '' });
		const info = (await data(server, '/api/v1/status/buildinfo')) as Record<string, string>;
		assert.deepEqual([info.version, info.revision], ['3.16.0', '1.2.3']);
		const runtime = (await data(server, '/api/v1/status/runtimeinfo')) as Record<string, unknown>;
		assert.equal(runtime.serverTime, new Date(server.now).toISOString());
		const tsdb = (await data(server, '/api/v1/status/tsdb?limit=1')) as Record<string, unknown>;
		assert.deepEqual(tsdb.headStats, {
			numSeries: 6,
			numLabelPairs: 11,
			chunkCount: 0,
			minTime: T - 6 * 3_600_000,
			maxTime: T,
		});
		assert.deepEqual(tsdb.seriesCountByMetricName, [{ name: 'odd', value: 3 }]);
		await server.app.close();
	},

	async 'a project is asked under its name, and only that one is there'() {
		const server = await started();
		assert.deepEqual(await data(server, '/api/projects/p/prometheus/api/v1/label/job/values'), [
			'a',
			'b',
			'gone',
		]);
		const answer = await form(server, '/api/projects/p/prometheus/api/v1/query', `query=up&time=${S}`);
		assert.equal(answer.json().data.result.length, 2);
		const other = await server.get('/api/projects/other/prometheus/api/v1/query?query=up');
		assert.equal(other.statusCode, 404);
		assert.deepEqual(other.json(), {
			status: 'error',
			errorType: 'not_found',
			error: 'there is no project "other"',
		});
		await server.app.close();
	},

	async 'a key or a session, nothing else; the key for reading writes nothing'() {
		const server = await started();
		const readKey = (await server.secrets.read('read.key'))!.trim();
		const ask = (headers: Record<string, string>, url = '/api/v1/query?query=1') =>
			server.app.inject({ url, headers: { ...HOST, ...headers } });
		const basic = (key: string) => ({ authorization: `Basic ${btoa(`grafana:${key}`)}` });
		const accepted: Record<string, string>[] = [
			{ 'x-api-key': readKey },
			{ authorization: `Bearer ${readKey}` },
			basic(readKey),
			basic(server.key),
		];
		for (const headers of accepted) {
			assert.equal((await ask(headers)).statusCode, 200);
			const foreign = await server.app.inject({
				method: 'POST',
				url: '/api/v1/query',
				payload: 'query=1',
				headers: {
					...headers,
					host: 'codexray.monitoring:8080',
					'content-type': 'application/x-www-form-urlencoded',
				},
			});
			assert.equal(foreign.statusCode, 200, 'programs know the server under any name');
		}
		for (const headers of [
			{},
			basic('wrong'),
			{ authorization: 'Basic %' },
			{ cookie: 'codexray_session=x' },
		]) {
			const answer = await ask(headers as Record<string, string>);
			assert.equal(answer.statusCode, 401);
			assert.equal(answer.json().status, 'error');
			assert.equal(answer.headers['www-authenticate'], 'Bearer');
		}
		assert.equal(
			(await server.post('/api/v1/write', server.sample(), { 'x-api-key': readKey })).statusCode,
			401,
		);
		assert.equal((await ask({ 'x-api-key': readKey }, '/api/status')).statusCode, 200);
		assert.equal((await ask({ 'x-api-key': readKey, host: 'evil.example' }, '/api/status')).statusCode, 421);
		const signedIn = await server.app.inject({
			method: 'POST',
			url: '/api/session',
			payload: { token: server.token },
			headers: HOST,
		});
		const cookie = String(signedIn.headers['set-cookie']).split(';')[0]!;
		assert.equal((await ask({ cookie })).statusCode, 200);
		assert.equal((await ask({ cookie, host: 'evil.example' })).statusCode, 421);
		const cross = await form(server, '/api/v1/query', 'query=1', {
			'x-api-key': '',
			cookie,
			'sec-fetch-site': 'cross-site',
		});
		assert.equal(cross.statusCode, 403);
		for (const url of ['/-/healthy', '/-/ready']) assert.equal((await ask({}, url)).statusCode, 200);
		await server.app.close();
	},

	async 'cardinality says what makes how many series, and how near the limit is'() {
		const server = await started();
		const report = (await server.get('/api/cardinality?top=2&hours=2')).json();
		assert.deepEqual(report.metrics, [
			{ name: 'odd', count: 3 },
			{ name: 'up', count: 2 },
		]);
		assert.deepEqual(report.labels, [
			{ name: '__name__', count: 3 },
			{ name: 'job', count: 3 },
		]);
		assert.deepEqual(report.limits.series, { limit: 1_000_000, used: 6, reached: false });
		assert.deepEqual([report.series, report.lastSampleAt], [6, T]);
		assert.equal(report.churn.hours.length, 2);
		const made = report.churn.hours.reduce((sum: number, { made }: { made: number }) => sum + made, 0);
		assert.equal(made, 5);
		assert.equal((await server.get('/api/cardinality?top=0')).statusCode, 400);
		await server.app.close();
	},
};
