/** What the agent reads of the node's cgroup file systems. Adapter: hosts/node/procfs. */

import type { CgroupPaths } from '../containers/cgroup-file.ts';

/** Paths are relative to the mount, usually /sys/fs/cgroup. Nothing throws: what is not there is undefined. */
export interface CgroupFiles {
	read(path: string): string | undefined;
	/** Inode of a directory: another cgroup under the same path has another one. */
	inode(path: string): number | undefined;
}

/** A directory where the kernel accounts for something, and the layout of its files. */
export interface CgroupDir {
	version: 1 | 2;
	path: string;
}

/** Where the resources of one container are accounted for; undefined: nowhere. */
export interface CgroupDirs {
	/** Limit and throttling. */
	cpu: CgroupDir | undefined;
	/** Usage. */
	cpuacct: CgroupDir | undefined;
	memory: CgroupDir | undefined;
	io: CgroupDir | undefined;
	/** In the unified hierarchy, which has pressure also where all controllers are those of v1. */
	pressure: string | undefined;
}

/** Where the unified hierarchy is mounted: beside the controllers of v1 where there are such. */
export function unifiedMount(files: CgroupFiles): 'unified/' | '' {
	return files.read('unified/cgroup.procs') === undefined ? '' : 'unified/';
}

/** A controller that v1 has is not in v2; a kernel may have some of each. */
export function cgroupDirs(cgroups: CgroupPaths, unified: string): CgroupDirs {
	const { v1, v2 } = cgroups;
	const pressure = v2 === undefined ? undefined : `${unified}${v2.slice(1)}`;
	const dir = (controller: string): CgroupDir | undefined => {
		const path = v1.get(controller);
		if (path !== undefined) return { version: 1, path: `${controller}${path}` };
		return pressure === undefined ? undefined : { version: 2, path: pressure };
	};
	return { cpu: dir('cpu'), cpuacct: dir('cpuacct'), memory: dir('memory'), io: dir('blkio'), pressure };
}
