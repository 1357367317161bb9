import type { TimeGrid } from '../../promql/time-grid.ts';
import type { NodeSummary } from '../api/node-schemas.ts';
import { courseOf, newestOf, shareOf } from './columns.ts';
import { MetricRows, type Row, type SeriesSource } from './metric-rows.ts';
import { SeriesGroup } from './series-group.ts';
import { silence } from './status.ts';
import { type Node, nodeKey, type World } from './world.ts';

/** A metric of the node's resources. */
export const nodeMetric = (rest: string) => `node_resources_${rest}`;
const AGENT_INFO = 'node_agent_info';
const CLOUD_INFO = 'node_cloud_info';
const UPTIME = 'node_uptime_seconds';
export const CPU = nodeMetric('cpu_usage_seconds_total');
export const CORES = nodeMetric('cpu_logical_cores');
export const MEMORY_TOTAL = nodeMetric('memory_total_bytes');
export const MEMORY_AVAILABLE = nodeMetric('memory_available_bytes');
export const DISK_READ_BYTES = nodeMetric('disk_read_bytes_total');
export const DISK_WRITTEN_BYTES = nodeMetric('disk_written_bytes_total');
export const RECEIVED_BYTES = 'node_net_received_bytes_total';
export const TRANSMITTED_BYTES = 'node_net_transmitted_bytes_total';
/** What a list of nodes shows. */
export const SUMMARY_METRICS = [
	AGENT_INFO,
	CLOUD_INFO,
	UPTIME,
	CPU,
	CORES,
	MEMORY_TOTAL,
	MEMORY_AVAILABLE,
	DISK_READ_BYTES,
	DISK_WRITTEN_BYTES,
	RECEIVED_BYTES,
	TRANSMITTED_BYTES,
];
/** Values of a small course. */
export const COURSE = 40;

/** All nodes of the world, and what they use; by name. */
export async function listNodes(source: SeriesSource, world: World, now: number): Promise<NodeSummary[]> {
	const rows = await MetricRows.read(source, world.grid, SUMMARY_METRICS);
	const byNode = new Map([...world.nodes.keys()].map((key) => [key, new SeriesGroup(rows)]));
	for (const metric of SUMMARY_METRICS) {
		for (const row of rows.of(metric)) byNode.get(nodeKey(row.labels))?.add(metric, row);
	}
	const containers = containersByNode(world);
	return [...world.nodes.values()]
		.map((node) => summarizeNode(node, byNode.get(node.key)!, containers.get(node.key) ?? 0, world.grid, now))
		.sort((a, b) => (a.name === b.name ? (a.id < b.id ? -1 : 1) : a.name < b.name ? -1 : 1));
}

export function summarizeNode(
	node: Node,
	series: SeriesGroup,
	containers: number,
	grid: TimeGrid,
	now: number,
): NodeSummary {
	const allCpu = series.sum(CPU);
	const idle = shareOf(series.rates(CPU, ['mode', 'idle']), allCpu);
	const cpu = idle?.map((share) => 1 - share) ?? null;
	const total = series.gauge(MEMORY_TOTAL);
	const available = shareOf(series.gauge(MEMORY_AVAILABLE), total);
	const memory = available?.map((share) => 1 - share) ?? null;
	const disk = series.sum(DISK_READ_BYTES, DISK_WRITTEN_BYTES);
	const network = series.sum(RECEIVED_BYTES, TRANSMITTED_BYTES);
	const sentence = silence(node.lastSampleAt, grid, now);
	// What a node that is not heard any more used minutes ago is not what it uses.
	const heard = sentence === null;
	return {
		id: node.key,
		name: node.name,
		machineId: node.machineId,
		kernel: node.kernel,
		status: sentence === null ? 'ok' : 'unknown',
		sentence,
		lastSampleAt: node.lastSampleAt,
		agentVersion: series.of(AGENT_INFO).at(-1)?.labels.version ?? null,
		cloud: cloudFacts(series.of(CLOUD_INFO).at(-1)),
		uptimeSeconds: heard ? newestOf(series.gauge(UPTIME)) : null,
		containers,
		cores: newestOf(series.gauge(CORES)),
		memoryBytes: newestOf(total),
		cpu: heard ? series.newestRate(cpu, CPU) : null,
		memory: heard ? newestOf(memory) : null,
		diskBytesPerSecond: heard ? series.newestRate(disk, DISK_READ_BYTES, DISK_WRITTEN_BYTES) : null,
		networkBytesPerSecond: heard ? series.newestRate(network, RECEIVED_BYTES, TRANSMITTED_BYTES) : null,
		courses: {
			cpu: courseOf(cpu, COURSE),
			memory: courseOf(memory, COURSE),
			disk: courseOf(disk, COURSE),
			network: courseOf(network, COURSE),
		},
	};
}

const CLOUD_FACTS = [
	'provider',
	'account_id',
	'instance_id',
	'instance_type',
	'instance_life_cycle',
	'region',
	'availability_zone',
	'availability_zone_id',
	'local_ipv4',
	'public_ipv4',
];

function cloudFacts(row: Row | undefined): Record<string, string> {
	return Object.fromEntries(
		CLOUD_FACTS.flatMap((fact) => {
			const value = row?.labels[fact];
			return value ? [[fact, value]] : [];
		}),
	);
}

export function containersByNode(world: World): Map<string, number> {
	const counts = new Map<string, number>();
	for (const application of world.applications.values()) {
		for (const { node } of application.instances.values()) {
			counts.set(node.key, (counts.get(node.key) ?? 0) + 1);
		}
	}
	return counts;
}
