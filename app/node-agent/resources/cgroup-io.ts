/** Block I/O of a cgroup. Files: https://docs.kernel.org/admin-guide/cgroup-v2.html#io, cgroup-v1/blkio-controller. */

import type { CgroupDir, CgroupFiles } from './cgroup-files.ts';

/** Since the cgroup was made. */
export interface DeviceIo {
	reads: number;
	writes: number;
	readBytes: number;
	writtenBytes: number;
}

/**
 * Whether v1 counts. Kernels since 6.10 begin only when somebody limits a device; before, the root has something from the
 * boot on.
 */
export function v1CountsIo(files: CgroupFiles): boolean {
	return /^\d+:/.test(files.read('blkio/blkio.throttle.io_serviced') ?? '');
}

/** By device, `major:minor` of a whole one; undefined where the kernel does not count. */
export function readIo(files: CgroupFiles, { version, path }: CgroupDir): Map<string, DeviceIo> | undefined {
	const devices = new Map<string, DeviceIo>();
	const of = (device: string): DeviceIo => {
		let io = devices.get(device);
		if (io === undefined) {
			io = { reads: 0, writes: 0, readBytes: 0, writtenBytes: 0 };
			devices.set(device, io);
		}
		return io;
	};
	if (version === 2) {
		const stat = files.read(`${path}/io.stat`);
		if (stat === undefined) return undefined;
		// A line may hold several devices that have nothing to say before the one that has.
		for (const [, device, rest] of stat.matchAll(/(\d+:\d+) ((?:\w+=\d+ ?)+)/g)) {
			const value = (key: string) => Number(rest!.match(`\\b${key}=(\\d+)`)?.[1] ?? 0);
			Object.assign(of(device!), {
				...{ reads: value('rios'), writes: value('wios') },
				...{ readBytes: value('rbytes'), writtenBytes: value('wbytes') },
			});
		}
		return devices;
	}
	const serviced = files.read(`${path}/blkio.throttle.io_serviced`);
	const bytes = files.read(`${path}/blkio.throttle.io_service_bytes`);
	if (serviced === undefined || bytes === undefined) return undefined;
	for (const [device, operation, count] of rows(serviced)) {
		if (operation === 'Read') of(device).reads = count;
		else if (operation === 'Write') of(device).writes = count;
	}
	for (const [device, operation, count] of rows(bytes)) {
		if (operation === 'Read') of(device).readBytes = count;
		else if (operation === 'Write') of(device).writtenBytes = count;
	}
	return devices;
}

/** Lines `8:0 Read 17`; the last line is a sum of all. */
function* rows(text: string): Generator<[device: string, operation: string, count: number]> {
	for (const line of text.split('\n')) {
		const [device, operation, count] = line.split(' ');
		if (count !== undefined) yield [device!, operation!, Number(count)];
	}
}
