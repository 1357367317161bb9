import type { CgroupFiles } from '../resources/cgroup-files.ts';
import type { FileSystemSize, FileSystems } from '../resources/file-systems.ts';

/** Files of a cgroup file system, by path below its mount. Every directory has the inode 1 until a test says otherwise. */
export class RecordedCgroups implements CgroupFiles {
	readonly files: Record<string, string>;
	readonly inodes: Record<string, number> = {};

	constructor(files: Record<string, string> = {}) {
		this.files = files;
	}

	read(path: string): string | undefined {
		return this.files[path];
	}

	inode(path: string): number | undefined {
		const there = Object.keys(this.files).some((file) => file.startsWith(`${path}/`));
		return there ? (this.inodes[path] ?? 1) : undefined;
	}
}

/** File systems of which every path is a directory, unless it is among `files`, and every one has the same size. */
export class RecordedFileSystems implements FileSystems {
	readonly files = new Set<string>();
	readonly devices: Record<string, string> = {};
	sizes: FileSystemSize = { total: 1000, used: 300, reserved: 50 };

	size(): FileSystemSize {
		return this.sizes;
	}

	isDirectory(_pid: number, path: string): boolean {
		return !this.files.has(path);
	}

	deviceOf(path: string): string | undefined {
		return this.devices[path];
	}
}
