import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NodeList, NodeReport } from '../../web/src/api/resource-types.ts';
import { Product } from '../product/product.ts';
import { until } from '../product/waiting.ts';

// What the agent says it costs, on its way to the report of its node.

const product = new Product();
beforeAll(() => product.start(['--no-engine']));
afterAll(() => product.remove());

const newest = (column: (number | null)[] | null) => column?.findLast((value) => value !== null) ?? 0;

test('the report of the node has the cost of a real agent, by owner and program', async () => {
	let agent: NodeReport['agent'] | undefined;
	// Requests to the server itself would not do: its process is not observed, but its calls run the programs.
	await until(
		async () => {
			product.flush();
			const { nodes } = await product.api<NodeList>('/api/nodes');
			if (!nodes[0]) return undefined;
			({ agent } = await product.api<NodeReport>(`/api/nodes/${encodeURIComponent(nodes[0].id)}`));
			const sending = agent.cost.programs.find(({ program }) => program === 'on_send_length');
			return newest(sending?.runsPerSecond ?? null) > 0 && newest(sending?.cores ?? null) > 0
				? true
				: undefined;
		},
		() => `no runs of a program: ${JSON.stringify(agent?.cost.programs)}`,
		90_000,
	);
	const { cost, cpu, memory } = agent!;
	expect(cost.cpu.map(({ owner }) => owner)).toEqual(
		expect.arrayContaining(['kernel-worker', 'main', 'runtime']),
	);
	const cores = cost.cpu.reduce((sum, one) => sum + newest(one.cores), 0);
	expect(cores).toBeGreaterThan(0);
	expect(cores).toBeCloseTo(newest(cpu), 6);
	const own = cost.memory.filter(({ owner }) => owner !== 'bpf');
	expect(own.reduce((sum, { bytes }) => sum + newest(bytes), 0)).toBeCloseTo(newest(memory), -1);
	expect(newest(cost.memory.find(({ owner }) => owner === 'bpf')!.bytes)).toBeGreaterThan(8 << 20);
	expect(cost.fills.map(({ stage }) => stage)).toEqual(expect.arrayContaining(['ring_control', 'ring_data']));
	for (const { stage, fill } of cost.fills) expect(newest(fill), stage).toBeLessThanOrEqual(1);
});
