/** CPU, memory, pressure and disks of the node, from /proc; man 5 proc. */

import { DerivedLabels } from '../../exposition/derived-labels.ts';
import type { Labels } from '../../exposition/labels.ts';
import { gauge, kernelCounter, type Snapshot } from '../../exposition/snapshot.ts';
import type { ProcFiles } from '../processes/proc-files.ts';
import { TICKS_PER_SECOND } from '../processes/process-stat.ts';
import type { BlockDevice, BlockDevices } from '../resources/block-devices.ts';
import { keyedNumber } from '../resources/kernel-text.ts';
import { addPressure, pressureMetrics, readPressure } from '../resources/pressure.ts';

const name = (rest: string) => `node_resources_${rest}`;
const CPU = kernelCounter(name('cpu_usage_seconds_total'), 'Time that the CPUs spent in each mode.');
const CORES = gauge(name('cpu_logical_cores'), 'CPUs that are on.');
/** In the order of the file; what guests use is in user and nice already. */
const MODES = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'];

const MEMORY = Object.entries({
	MemTotal: gauge(name('memory_total_bytes'), 'Memory of the node.'),
	MemFree: gauge(name('memory_free_bytes'), 'Memory that nobody uses.'),
	MemAvailable: gauge(name('memory_available_bytes'), 'Memory that new programs can have without swapping.'),
	Cached: gauge(name('memory_cached_bytes'), 'Page cache of the node.'),
});

const PRESSURE = pressureMetrics('node', 'the node');

const DISKS = [
	[kernelCounter(name('disk_reads_total'), 'Reads from the device.'), 'reads'],
	[kernelCounter(name('disk_writes_total'), 'Writes to the device.'), 'writes'],
	[kernelCounter(name('disk_read_bytes_total'), 'Bytes read from the device.'), 'readBytes'],
	[kernelCounter(name('disk_written_bytes_total'), 'Bytes written to the device.'), 'writtenBytes'],
	[kernelCounter(name('disk_read_time_seconds_total'), 'Time that reads took, summed.'), 'readSeconds'],
	[kernelCounter(name('disk_write_time_seconds_total'), 'Time that writes took, summed.'), 'writeSeconds'],
	[kernelCounter(name('disk_io_time_seconds_total'), 'Time in which the device had work.'), 'busySeconds'],
] as const;
/** Devices that data lie on, not loop devices and memory. */
const DISK = /^(?:dm-\d+|(?:sd|hd|xvd|vd)[a-z]+\d*|md\d+|mmcblk\d+|nvme\d+n\d+|rbd\d+)$/;

export class NodeResources {
	readonly #proc: ProcFiles;
	readonly #node: Labels;
	/** Devices, CPU modes and kinds of pressure: what the node has. */
	readonly #labels = new DerivedLabels();

	constructor(proc: ProcFiles, nodeLabels: Labels) {
		this.#proc = proc;
		this.#node = nodeLabels;
	}

	collect(snapshot: Snapshot, devices: BlockDevices): void {
		this.#collectCpu(snapshot);
		const memory = this.#proc.read('meminfo');
		for (const [key, metric] of MEMORY) {
			// The file says kB and means KiB.
			const value = keyedNumber(memory, key, ':');
			if (value !== undefined) snapshot.add(metric, this.#node, value * 1024);
		}
		const pressure = readPressure((resource) => this.#proc.read(`pressure/${resource}`));
		if (pressure !== undefined)
			addPressure(snapshot, PRESSURE, (...pairs) => this.#labels.of(this.#node, ...pairs), pressure);
		for (const device of devices.all) {
			if (DISK.test(device.name) && devices.whole(device) === device) this.#collectDisk(snapshot, device);
		}
	}

	#collectCpu(snapshot: Snapshot): void {
		const stat = this.#proc.read('stat') ?? '';
		const total = /^cpu +(.*)$/m.exec(stat)?.[1]?.split(' ');
		if (total === undefined) return;
		MODES.forEach((mode, i) => {
			const labels = this.#labels.of(this.#node, ['mode', mode]);
			if (total[i] !== undefined) snapshot.add(CPU, labels, Number(total[i]) / TICKS_PER_SECOND);
		});
		snapshot.add(CORES, this.#node, stat.match(/^cpu\d+ /gm)?.length ?? 0);
	}

	#collectDisk(snapshot: Snapshot, device: BlockDevice): void {
		const labels = this.#labels.of(this.#node, ['device', device.name]);
		for (const [metric, value] of DISKS) snapshot.add(metric, labels, device[value]);
	}
}
