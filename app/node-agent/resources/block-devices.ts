/** /proc/diskstats: https://docs.kernel.org/admin-guide/iostats.html */

export interface BlockDevice {
	name: string;
	/** `major:minor`. */
	number: string;
	reads: number;
	writes: number;
	readBytes: number;
	writtenBytes: number;
	/** Seconds that requests took, summed; those that were at the device at one time count each. */
	readSeconds: number;
	writeSeconds: number;
	/** Seconds in which there was any request. */
	busySeconds: number;
}

/** The unit of the file, whatever the device's own is. */
const SECTOR_BYTES = 512;

export function parseDiskStats(text: string): BlockDevice[] {
	const devices: BlockDevice[] = [];
	for (const line of text.split('\n')) {
		const fields = line.trim().split(/\s+/);
		if (fields.length < 14) continue;
		const at = (index: number) => Number(fields[index]);
		devices.push({
			name: fields[2]!,
			number: `${fields[0]}:${fields[1]}`,
			reads: at(3),
			readBytes: at(5) * SECTOR_BYTES,
			readSeconds: at(6) / 1e3,
			writes: at(7),
			writtenBytes: at(9) * SECTOR_BYTES,
			writeSeconds: at(10) / 1e3,
			busySeconds: at(12) / 1e3,
		});
	}
	return devices;
}

/** Devices by name and number; the whole device of a partition is told by their names. */
export class BlockDevices {
	readonly all: readonly BlockDevice[];
	readonly #byName = new Map<string, BlockDevice>();
	readonly #byNumber = new Map<string, BlockDevice>();

	constructor(all: readonly BlockDevice[]) {
		this.all = all;
		for (const device of all) {
			this.#byName.set(device.name, device);
			this.#byNumber.set(device.number, device);
		}
	}

	byNumber(number: string): BlockDevice | undefined {
		return this.#byNumber.get(number);
	}

	byName(name: string): BlockDevice | undefined {
		return this.#byName.get(name);
	}

	/** `sda` of `sda1`, `nvme0n1` of `nvme0n1p2`; the device itself where it is whole. */
	whole(device: BlockDevice): BlockDevice {
		const parent = device.name.replace(/(?:(?<=\d)p)?\d+$/, '');
		return this.#byName.get(parent) ?? device;
	}
}
