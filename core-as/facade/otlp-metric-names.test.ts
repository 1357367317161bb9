import { describe, expect, test } from 'vitest';
import { decode, metric, point, rejectedPoints, resource } from '../testing/metric-points.ts';
import { builtModules } from '../testing/modules.ts';
import type { Attributes } from '../testing/otlp-metric-body.ts';
import { createCodec } from './codec.ts';
import type { OtlpMetricsOptions, OtlpNaming } from './otlp-metrics.ts';

// What was written down by hand from the specification and from Prometheus's own answers.

const codec = createCodec(await builtModules());

describe('names of metrics', () => {
	const S = 'underscores-with-suffixes';
	test.each<
		[name: string, unit: string, kind: 'gauge' | 'counter' | 'histogram', naming: OtlpNaming, string]
	>([
		['http.server.request.duration', 's', 'histogram', S, 'http_server_request_duration_seconds'],
		['requests', '', 'counter', S, 'requests_total'],
		['requests_total', '', 'counter', S, 'requests_total'],
		['total.requests', '', 'counter', S, 'requests_total'],
		['requests', '1/s', 'counter', S, 'requests_per_second_total'],
		['cpu.usage', '1', 'gauge', S, 'cpu_usage_ratio'],
		['cpu_usage_ratio', '1', 'gauge', S, 'cpu_usage_ratio'],
		['items', '1', 'counter', S, 'items_total'],
		['memory.usage', 'By', 'gauge', S, 'memory_usage_bytes'],
		['memory.usage.bytes', 'By', 'gauge', S, 'memory_usage_bytes'],
		['bytes.read', 'By', 'gauge', S, 'bytes_read'],
		['throughput', 'By/s', 'gauge', S, 'throughput_bytes_per_second'],
		['throughput', 'KiBy/m', 'gauge', S, 'throughput_kibibytes_per_minute'],
		['queue', '{message}', 'gauge', S, 'queue'],
		['size', 'By/{packet}', 'gauge', S, 'size_bytes'],
		['custom', 'unit@with#special/chars', 'gauge', S, 'custom_unit_with_special_per_chars'],
		['m__with__many', 'unit__many', 'gauge', S, 'm_with_many_unit_many'],
		['fan.speed', '{rotation}/min', 'gauge', S, 'fan_speed_per_min'],
		['2xx.responses', '', 'counter', S, '_2xx_responses_total'],
		['temperature', 'Cel', 'gauge', S, 'temperature_celsius'],
		['load', '%', 'gauge', S, 'load_percent'],
		['a:b', 's', 'gauge', S, 'a:b_seconds'],
		['.dots..everywhere.', '', 'gauge', S, 'dots_everywhere'],
		['päckchen', '', 'gauge', S, 'p_ckchen'],
		['wide', 'TiBy', 'gauge', S, 'wide_tebibytes'],
		['http.server.duration', 's', 'histogram', 'underscores', 'http_server_duration'],
		['a__b', 's', 'counter', 'underscores', 'a__b'],
		['1st@@place', '', 'gauge', 'underscores', '_1st_place'],
		['http.server.duration', 's', 'histogram', 'utf8-with-suffixes', 'http.server.duration_seconds'],
		['cpu_seconds_total', 's', 'counter', 'utf8-with-suffixes', 'cpu_seconds_total'],
		['cpu.seconds', 's', 'counter', 'utf8-with-suffixes', 'cpu.seconds_total'],
		['usage', '1', 'gauge', 'utf8-with-suffixes', 'usage_ratio'],
		['req', '1/s', 'counter', 'utf8-with-suffixes', 'req_per_second_total'],
		['@#$%', '', 'counter', 'utf8-with-suffixes', '@#$%_total'],
		['http.server.duration', 's', 'counter', 'utf8', 'http.server.duration'],
	])('%s [%s] as a %s in %s', (name, unit, kind, naming, wanted) => {
		const isCounter = kind === 'counter';
		const of = metric(isCounter ? 'sum' : kind, { name, unit, monotonic: isCounter }, point({ count: 0n }));
		const { columns, model } = decode(codec, resource([], of), { naming, customBuckets: true });
		const bytes = Buffer.from(wanted).toString('latin1');
		expect(model.families.map((family) => family.name)).toEqual([bytes]);
		expect(model.series[0]!.labels).toEqual([['__name__', bytes]]);
		expect(columns.hashes).toHaveLength(1);
	});

	test.each<[string, OtlpNaming]>([
		['', 'utf8'],
		['@@', 'underscores'],
		['...', 'underscores-with-suffixes'],
		['__', 'underscores-with-suffixes'],
		['line\nfeed', 'utf8'],
	])('%j in %s is none', (name, naming) => {
		const { rejected, columns } = decode(codec, resource([], metric('gauge', { name }, point(), point())), {
			naming,
		});
		expect(rejected).toEqual(rejectedPoints({ badNames: 2 }));
		expect([columns.hashes.length, columns.metadata]).toEqual([0, undefined]);
	});
});

describe('labels', () => {
	const labelsOf = (attributes: Attributes, how?: OtlpMetricsOptions) =>
		Object.fromEntries(
			decode(codec, resource([], metric('gauge', {}, point({ attributes }))), how).model.series[0]!.labels,
		);

	test.each([
		['http.method', 'http_method'],
		['_private', 'key_private'],
		['__reserved__', '__reserved__'],
		['1st', 'key_1st'],
		['a  b', 'a__b'],
		['ä', 'key_'],
		['a:b', 'a_b'],
	])('the key %s becomes %s', (key, wanted) => {
		expect(labelsOf([[key, 'x']])).toEqual({ __name__: 'm', [wanted]: 'x' });
	});

	test('names that meet are joined in the order of their keys', () => {
		expect(
			labelsOf([
				['a_b', 'third'],
				['a-b', 'first'],
				['a.b', 'second'],
			]),
		).toEqual({ __name__: 'm', a_b: 'first;second;third' });
	});

	test('values of any kind are text', () => {
		const values: [string, unknown, string][] = [
			['bool', true, 'true'],
			['int', -5n, '-5'],
			['double', 0.25, '0.25'],
			['exact', 400627281825700000, '400627281825700000'],
			['bytes', new Uint8Array([1, 2, 3]), 'AQID'],
			['list', ['a', 1n, null], '["a",1,null]'],
			['map', { k: ['"'] }, '{"k":["\\""]}'],
		];
		expect(labelsOf(values.map(([key, value]) => [key, value]))).toEqual({
			__name__: 'm',
			...Object.fromEntries(values.map(([key, , wanted]) => [key, wanted])),
		});
	});

	test('empty values and what is not there are no labels', () => {
		expect(
			labelsOf([
				['a', ''],
				['b', null],
			]),
		).toEqual({ __name__: 'm' });
	});

	test('utf8 keeps keys as they are', () => {
		expect(labelsOf([['http.method', 'x']], { naming: 'utf8' })).toEqual({
			__name__: 'm',
			'http.method': 'x',
		});
	});

	test('the resource says job and instance, and what is promoted; attributes of points come before the latter', () => {
		const { lines } = decode(
			codec,
			resource(
				[
					['service.name', 'cart'],
					['service.namespace', 'shop'],
					['service.instance.id', 'i-1'],
					['k8s.pod.name', 'pod'],
					['region', 'eu'],
				],
				metric(
					'gauge',
					{},
					point({
						attributes: [
							['region', 'own'],
							['job', 'x'],
						],
					}),
				),
			),
			{ promoted: ['k8s.pod.name', 'region', 'absent'] },
		);
		expect(lines).toEqual([
			'm{instance="i-1",job="shop/cart",k8s_pod_name="pod",region="own"} 1',
			'target_info{instance="i-1",job="shop/cart",k8s_pod_name="pod",region="eu"} 1',
		]);
	});

	test('a scope becomes labels where they are wanted', () => {
		const of = resource([], metric('gauge', {}, point()));
		of.scopes[0]!.attributes.push(['library.mascot', 'bear'], ['name', 'hidden']);
		expect(decode(codec, of, { scopeLabels: true }).lines).toEqual([
			'm{otel_scope_library_mascot="bear",otel_scope_name="lib",otel_scope_schema_url="http://s",otel_scope_version="2"} 1',
		]);
	});
});
