import { gridTimes } from '../../promql/time-grid.ts';
import type { NodeReport } from '../api/node-schemas.ts';
import { AGENT_COST_METRICS, agentCostOf } from './agent-cost.ts';
import { known, newestOf, shareOf } from './columns.ts';
import { CONSUMER_METRICS, consumersOf } from './consumers.ts';
import { MetricRows, type SeriesSource } from './metric-rows.ts';
import {
	CPU,
	containersByNode,
	DISK_READ_BYTES,
	DISK_WRITTEN_BYTES,
	MEMORY_AVAILABLE,
	MEMORY_TOTAL,
	nodeMetric,
	RECEIVED_BYTES,
	SUMMARY_METRICS,
	summarizeNode,
	TRANSMITTED_BYTES,
} from './node-summary.ts';
import { SeriesGroup } from './series-group.ts';
import { type Node, nodeKey, type World } from './world.ts';

const MEMORY_FREE = nodeMetric('memory_free_bytes');
const MEMORY_CACHED = nodeMetric('memory_cached_bytes');
const DISK_READS = nodeMetric('disk_reads_total');
const DISK_WRITES = nodeMetric('disk_writes_total');
const DISK_READ_TIME = nodeMetric('disk_read_time_seconds_total');
const DISK_WRITE_TIME = nodeMetric('disk_write_time_seconds_total');
const DISK_IO_TIME = nodeMetric('disk_io_time_seconds_total');
const RECEIVED_PACKETS = 'node_net_received_packets_total';
const TRANSMITTED_PACKETS = 'node_net_transmitted_packets_total';
const INTERFACE_UP = 'node_net_interface_up';
const INTERFACE_IP = 'node_net_interface_ip';
const AGENT_DROPPED = 'codexray_agent_stage_dropped_total';
const PRESSURES = ['cpu', 'memory', 'io'] as const;
const pressure = (resource: string) => nodeMetric(`${resource}_pressure_waiting_seconds_total`);
/** What the page of one node shows beside. */
const REPORT_METRICS = [
	...SUMMARY_METRICS,
	MEMORY_FREE,
	MEMORY_CACHED,
	DISK_READS,
	DISK_WRITES,
	DISK_READ_TIME,
	DISK_WRITE_TIME,
	DISK_IO_TIME,
	RECEIVED_PACKETS,
	TRANSMITTED_PACKETS,
	INTERFACE_UP,
	INTERFACE_IP,
	...AGENT_COST_METRICS,
	AGENT_DROPPED,
	...PRESSURES.map(pressure),
	...CONSUMER_METRICS,
];
/** In the order in which they lie on each other; idle is what is left. */
const MODES = ['user', 'nice', 'system', 'iowait', 'irq', 'softirq', 'steal'];
/** Applications of one answer. */
const MAX_CONSUMERS = 100;

export async function reportNode(
	source: SeriesSource,
	world: World,
	node: Node,
	now: number,
): Promise<NodeReport> {
	const { grid } = world;
	const read = await MetricRows.read(source, grid, REPORT_METRICS, [
		{ name: 'machine_id', op: '=', value: node.machineId },
	]);
	const series = new SeriesGroup(read);
	for (const metric of REPORT_METRICS) {
		for (const row of read.of(metric)) if (nodeKey(row.labels) === node.key) series.add(metric, row);
	}
	const allCpu = series.sum(CPU);
	const waited = (kind: string) => {
		const part = (resource: string) => known(series.rates(pressure(resource), ['kind', kind]));
		return { cpu: part('cpu'), memory: part('memory'), io: part('io') };
	};
	const consumers = consumersOf(series, world, node, now);
	return {
		from: grid.from,
		to: grid.to,
		step: grid.step,
		node: summarizeNode(node, series, containersByNode(world).get(node.key) ?? 0, grid, now),
		times: gridTimes(grid),
		cpu: {
			byMode: MODES.map((mode) => ({
				mode,
				share: known(shareOf(series.rates(CPU, ['mode', mode]), allCpu)),
			})).filter(({ share }) => share !== null),
		},
		memory: {
			total: known(series.gauge(MEMORY_TOTAL)),
			available: known(series.gauge(MEMORY_AVAILABLE)),
			free: known(series.gauge(MEMORY_FREE)),
			cached: known(series.gauge(MEMORY_CACHED)),
		},
		disks: series.values('device', DISK_READ_BYTES).map((device) => {
			const rate = (metric: string) => series.rates(metric, ['device', device]);
			return {
				device,
				readBytesPerSecond: known(rate(DISK_READ_BYTES)),
				writtenBytesPerSecond: known(rate(DISK_WRITTEN_BYTES)),
				readsPerSecond: known(rate(DISK_READS)),
				writesPerSecond: known(rate(DISK_WRITES)),
				readSeconds: known(shareOf(rate(DISK_READ_TIME), rate(DISK_READS))),
				writeSeconds: known(shareOf(rate(DISK_WRITE_TIME), rate(DISK_WRITES))),
				busy: known(rate(DISK_IO_TIME)),
			};
		}),
		interfaces: series.values('interface', RECEIVED_BYTES, INTERFACE_UP).map((device) => {
			const rate = (metric: string) => known(series.rates(metric, ['interface', device]));
			const up = newestOf(series.gauge(INTERFACE_UP, ['interface', device]));
			return {
				name: device,
				up: up === null ? null : up === 1,
				addresses: series
					.of(INTERFACE_IP, ['interface', device])
					.filter(({ ended }) => !ended)
					.map(({ labels }) => labels.ip ?? '')
					.sort(),
				receivedBytesPerSecond: rate(RECEIVED_BYTES),
				transmittedBytesPerSecond: rate(TRANSMITTED_BYTES),
				receivedPacketsPerSecond: rate(RECEIVED_PACKETS),
				transmittedPacketsPerSecond: rate(TRANSMITTED_PACKETS),
			};
		}),
		pressure: { some: waited('some'), full: waited('full') },
		consumers: consumers.slice(0, MAX_CONSUMERS),
		consumersLeft: Math.max(0, consumers.length - MAX_CONSUMERS),
		agent: {
			...agentCostOf(series),
			features: node.features(),
			dropped: droppedOf(series),
		},
	};
}

function droppedOf(series: SeriesGroup): NodeReport['agent']['dropped'] {
	return series
		.of(AGENT_DROPPED)
		.map((row) => {
			const { stage = '', reason = '' } = row.labels;
			return { stage, reason, count: series.increase(row).total };
		})
		.filter(({ count }) => count > 0)
		.sort((a, b) => b.count - a.count);
}
