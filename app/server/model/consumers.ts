import type { NodeReport } from '../api/node-schemas.ts';
import { courseOf, meanOf, newestOf, sumOf } from './columns.ts';
import { COURSE } from './node-summary.ts';
import { getOrAdd } from './request-sums.ts';
import type { Reading, SeriesGroup } from './series-group.ts';
import { summarize } from './views.ts';
import { type Application, instanceId, type Node, type World } from './world.ts';

const CPU = 'container_resources_cpu_usage_seconds_total';
const MEMORY = 'container_resources_memory_rss_bytes';
export const CONSUMER_METRICS: readonly string[] = [CPU, MEMORY];

/** Applications that have instances on the node, those that use most CPU first. */
export function consumersOf(
	series: SeriesGroup,
	world: World,
	node: Node,
	now: number,
): NodeReport['consumers'] {
	const applications = new Map<string, { application: Application; instances: number }>();
	const applicationOf = new Map<string, string>();
	for (const application of world.applications.values()) {
		for (const instance of application.instances.values()) {
			if (instance.node !== node) continue;
			getOrAdd(applications, application.id, () => ({ application, instances: 0 })).instances++;
			applicationOf.set(instance.id, application.id);
		}
	}
	const used = (metric: string, reading: Reading) => {
		const columns = new Map<string, Float64Array[]>();
		for (const [containerId, own] of series.split([metric], ({ labels }) => labels.container_id ?? '')) {
			const application = applicationOf.get(instanceId(containerId, node.key));
			const column = own[reading](metric);
			if (application && column) getOrAdd(columns, application, () => []).push(column);
		}
		return new Map([...columns].map(([id, list]) => [id, sumOf(list)]));
	};
	const cpu = used(CPU, 'rates');
	const memory = used(MEMORY, 'gauge');
	return [...applications.values()]
		.map(({ application, instances }) => ({
			application,
			instances,
			cpu: cpu.get(application.id) ?? null,
			memory: memory.get(application.id) ?? null,
		}))
		.map((one) => ({ ...one, weight: meanOf(one.cpu) ?? -1 }))
		.sort((a, b) => b.weight - a.weight || (a.application.id < b.application.id ? -1 : 1))
		.map((one) => ({
			application: summarize(one.application, world, now),
			instances: one.instances,
			cpuCores: series.newestRate(one.cpu, CPU),
			memoryBytes: newestOf(one.memory),
			courses: { cpu: courseOf(one.cpu, COURSE), memory: courseOf(one.memory, COURSE) },
		}));
}
