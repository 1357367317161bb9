import { statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { FileSystemSize, FileSystems } from '../../../app/node-agent/resources/file-systems.ts';
import { HOST_ROOTS, orUndefined } from './procfs.ts';

/** FileSystems through /proc/PID/root. Only asked for block devices, which answer at once. */
export class NodeFileSystems implements FileSystems {
	size(pid: number, path: string): FileSystemSize | undefined {
		return orUndefined(() => {
			const { bsize, blocks, bfree, bavail } = statfsSync(`/proc/${pid}/root${path}`);
			return { total: blocks * bsize, used: (blocks - bfree) * bsize, reserved: (bfree - bavail) * bsize };
		});
	}

	isDirectory(pid: number, path: string): boolean {
		return orUndefined(() => statSync(`/proc/${pid}/root${path}`).isDirectory()) ?? false;
	}

	deviceOf(path: string): string | undefined {
		for (const root of HOST_ROOTS) {
			const stat = orUndefined(() => statSync(join(root, path), { bigint: true }));
			if (stat !== undefined) return deviceNumber(stat.dev);
		}
		return undefined;
	}
}

/** As glibc packs it: 12 bits of major and 8 of minor below, the rest of both above. */
function deviceNumber(device: bigint): string {
	const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn);
	const minor = (device & 0xffn) | ((device >> 12n) & ~0xffn);
	return `${major}:${BigInt.asUintN(32, minor)}`;
}
