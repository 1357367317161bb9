import type { TimeGrid } from '../../promql/time-grid.ts';
import type { InstanceResources } from '../api/resource-schemas.ts';
import { known, meanOf } from './columns.ts';
import { MetricRows, type SeriesSource } from './metric-rows.ts';
import { SeriesGroup } from './series-group.ts';
import { type Instance, instanceId, nodeKey } from './world.ts';

const name = (rest: string) => `container_resources_${rest}`;
const CPU_USAGE = name('cpu_usage_seconds_total');
const CPU_LIMIT = name('cpu_limit_cores');
const CPU_THROTTLED = name('cpu_throttled_seconds_total');
const CPU_DELAY = name('cpu_delay_seconds_total');
const MEMORY_RSS = name('memory_rss_bytes');
const MEMORY_CACHE = name('memory_cache_bytes');
const MEMORY_LIMIT = name('memory_limit_bytes');
const OOM_KILLS = 'container_oom_kills_total';
const RESTARTS = 'container_restarts_total';
const DISK_DELAY = name('disk_delay_seconds_total');
const DISK_SIZE = name('disk_size_bytes');
const DISK_USED = name('disk_used_bytes');
const DISK_READS = name('disk_reads_total');
const DISK_WRITES = name('disk_writes_total');
const DISK_READ_BYTES = name('disk_read_bytes_total');
const DISK_WRITTEN_BYTES = name('disk_written_bytes_total');
const DISK_METRICS = [DISK_SIZE, DISK_USED, DISK_READS, DISK_WRITES, DISK_READ_BYTES, DISK_WRITTEN_BYTES];
const pressure = (resource: string) => name(`${resource}_pressure_waiting_seconds_total`);
const SOME = ['kind', 'some'] as const;
const PRESSURES = ['cpu', 'memory', 'io'] as const;
const METRICS = [
	CPU_USAGE,
	CPU_LIMIT,
	CPU_THROTTLED,
	CPU_DELAY,
	MEMORY_RSS,
	MEMORY_CACHE,
	MEMORY_LIMIT,
	OOM_KILLS,
	RESTARTS,
	DISK_DELAY,
	...DISK_METRICS,
	...PRESSURES.map(pressure),
];

/** Instances of one answer: those that use most CPU, then most memory. */
const MAX_INSTANCES = 50;
/** Instances that are read at all: those with the newest samples. A longer condition takes longer than it is worth. */
const MAX_READ = 500;

/** What the instances of an application use and may use. A question of its own: no map waits for it. */
export async function readInstanceResources(
	source: SeriesSource,
	grid: TimeGrid,
	instances: readonly Instance[],
): Promise<{ instances: InstanceResources[]; left: number }> {
	const read = instances.toSorted((a, b) => (b.lastSampleAt ?? 0) - (a.lastSampleAt ?? 0)).slice(0, MAX_READ);
	if (read.length === 0) return { instances: [], left: 0 };
	const ids = new Set(read.map(({ containerId }) => literally(containerId)));
	const rows = await MetricRows.read(source, grid, METRICS, [
		{ name: 'container_id', op: '=~', value: [...ids].join('|') },
	]);
	const byInstance = new Map(read.map(({ id }) => [id, new SeriesGroup(rows)]));
	for (const metric of METRICS) {
		for (const row of rows.of(metric)) {
			byInstance.get(instanceId(row.labels.container_id!, nodeKey(row.labels)))?.add(metric, row);
		}
	}
	const weighed = read
		.map((instance) => ({ instance, series: byInstance.get(instance.id)! }))
		.filter(({ series }) => !series.empty)
		.map((one) => ({
			...one,
			cpu: meanOf(one.series.rates(CPU_USAGE)) ?? -1,
			memory: meanOf(one.series.gauge(MEMORY_RSS)) ?? -1,
		}))
		.sort((a, b) => b.cpu - a.cpu || b.memory - a.memory || (a.instance.id < b.instance.id ? -1 : 1));
	return {
		instances: weighed.slice(0, MAX_INSTANCES).map(({ instance, series }) => report(instance, series)),
		left: Math.max(0, weighed.length - MAX_INSTANCES) + instances.length - read.length,
	};
}

/** The text as a regular expression that matches it alone. */
function literally(text: string): string {
	return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function report(instance: Instance, series: SeriesGroup): InstanceResources {
	return {
		instance: instance.id,
		name: instance.name,
		node: instance.node.name,
		cpu: {
			usage: known(series.rates(CPU_USAGE)),
			limit: known(series.gauge(CPU_LIMIT)),
			throttled: known(series.rates(CPU_THROTTLED)),
			delay: known(series.rates(CPU_DELAY)),
		},
		memory: {
			rss: known(series.gauge(MEMORY_RSS)),
			cache: known(series.gauge(MEMORY_CACHE)),
			limit: known(series.gauge(MEMORY_LIMIT)),
			oomKills: known(series.counts(OOM_KILLS)),
		},
		restarts: known(series.counts(RESTARTS)),
		pressure: {
			cpu: known(series.rates(pressure('cpu'), SOME)),
			memory: known(series.rates(pressure('memory'), SOME)),
			io: known(series.rates(pressure('io'), SOME)),
		},
		diskDelay: known(series.rates(DISK_DELAY)),
		disks: disksOf(series),
	};
}

function disksOf(series: SeriesGroup): InstanceResources['disks'] {
	const disks = series.split(DISK_METRICS, ({ labels }) =>
		JSON.stringify([labels.mount_point ?? '', labels.device ?? '', labels.volume ?? '']),
	);
	return [...disks]
		.map(([key, own]) => {
			const [mountPoint, device, volume] = JSON.parse(key) as [string, string, string];
			return {
				mountPoint,
				device,
				volume,
				size: known(own.gauge(DISK_SIZE)),
				used: known(own.gauge(DISK_USED)),
				readsPerSecond: known(own.rates(DISK_READS)),
				writesPerSecond: known(own.rates(DISK_WRITES)),
				readBytesPerSecond: known(own.rates(DISK_READ_BYTES)),
				writtenBytesPerSecond: known(own.rates(DISK_WRITTEN_BYTES)),
			};
		})
		.sort((a, b) => (a.mountPoint < b.mountPoint ? -1 : 1));
}
