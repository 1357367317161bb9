import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ServiceMap } from '../product/api-types.ts';
import { Product } from '../product/product.ts';
import { until } from '../product/waiting.ts';

// `--demo` where no agent can see real programs: the recording of the shop lives instead.

const product = new Product();
const startedAt = Date.now();
beforeAll(() => product.start(['--demo', '--no-agent']));
afterAll(() => product.remove());

test('the shop is on the map at once, and goes on', async () => {
	await until(
		() => product.output.includes('The demo is a recording') || undefined,
		() => `nothing is said of the demo:\n${product.output}`,
	);
	await until(
		async () => {
			const map = await product.api<ServiceMap>('/api/map');
			const name = (id: string) => map.applications.find((each) => each.id === id)?.name;
			expect(map.edges.length).toBeGreaterThanOrEqual(6);
			expect(map.edges.map((edge) => `${name(edge.from)} > ${name(edge.to)}`)).toEqual(
				expect.arrayContaining([
					'shop-visitors > shop-front',
					'shop-front > shop-api',
					'shop-api > postgres',
					'shop-worker > redis-server',
				]),
			);
			return true;
		},
		() => 'the shop is not on the map',
	);
	// Its second turn has begun: samples come after the first one's end.
	await until(
		async () => {
			const { applications } = await product.api<ServiceMap>('/api/map');
			const last = Math.max(...applications.map((each) => each.lastSampleAt ?? 0));
			return last > startedAt + 20_000 ? true : undefined;
		},
		() => 'nothing new comes',
		60_000,
	);
});

test('its logs, traces and profiles are there', async () => {
	const range = `from=${startedAt - 300_000}&to=${Date.now() + 60_000}`;
	const found = <T>(path: string, enough: (answer: T) => boolean) =>
		until(
			async () => {
				const answer = await product.api<T>(path);
				return enough(answer) ? answer : undefined;
			},
			() => `${path} has too little`,
		);
	await found<{ logs: unknown[] }>(`/api/logs?${range}&text=duplicate%20key`, ({ logs }) => logs.length > 0);
	await found<{ traces: unknown[] }>(
		`/api/traces?${range}&service=shop-api`,
		({ traces }) => traces.length > 10,
	);
	await found<{ services: { service: string }[] }>(`/api/profiles/services?${range}`, ({ services }) =>
		services.some(({ service }) => service === '/host/shop-api'),
	);
});
