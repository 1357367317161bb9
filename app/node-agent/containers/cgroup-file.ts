/** /proc/PID/cgroup: one line per hierarchy, `id:controllers:path` (man 7 cgroups). */

import { classifyCgroup, isContainerKind } from './cgroup-kind.ts';

export interface CgroupPaths {
	/** Path in the unified hierarchy (`0::path`); absent on a v1-only kernel, or when it says nothing. */
	v2?: string;
	/** Path by v1 controller; a hierarchy of several controllers appears under each. */
	v1: Map<string, string>;
}

/** Parses the file. Paths that say nothing (`/`, `/init.scope`) and deleted cgroups are left out. */
export function parseCgroupFile(text: string): CgroupPaths {
	const paths: CgroupPaths = { v1: new Map() };
	for (const line of text.split('\n')) {
		const first = line.indexOf(':');
		const second = line.indexOf(':', first + 1);
		if (first < 0 || second < 0) continue;
		const path = meaningfulPath(line.slice(second + 1));
		if (path === undefined) continue;
		const controllers = line.slice(first + 1, second);
		if (controllers === '') paths.v2 = path;
		else for (const controller of controllers.split(',')) paths.v1.set(controller, path);
	}
	return paths;
}

/** Whether there are hierarchies of v1, also where their paths say nothing. */
export function hasV1(text: string): boolean {
	return /^[1-9]/m.test(text);
}

/**
 * The path that names the container. Where a runtime works with v1 controllers only, as the kubelet and Docker do
 * on hybrid hosts, the unified path is that of the service above it, so a v1 path that names a container wins over
 * a unified one that does not.
 */
export function namingPath(paths: CgroupPaths): string | undefined {
	const { v1, v2 } = paths;
	const controllers = ['cpu', 'memory'].map((controller) => v1.get(controller));
	const kubelet = controllers.find((path) => path?.startsWith('/kubepods'));
	if (kubelet !== undefined) return kubelet;
	if (v2 !== undefined && !namesContainer(v2)) {
		return controllers.find((path) => path !== undefined && namesContainer(path)) ?? v2;
	}
	return v2 ?? controllers.find((path) => path !== undefined) ?? v1.get('name=systemd');
}

/**
 * The paths cut after `element`, which names the container's own cgroup: what it makes for itself lies below. A
 * hierarchy where the container has no cgroup of its own is left out, because what is there is of others too.
 */
export function ownCgroups(paths: CgroupPaths, element: string): CgroupPaths {
	const cut = (path: string) => {
		const end = `${path}/`.indexOf(`/${element}/`);
		return element === '' || end < 0 ? undefined : path.slice(0, end + 1 + element.length);
	};
	const own: CgroupPaths = { v1: new Map() };
	for (const [controller, path] of paths.v1) {
		const ownPath = cut(path);
		if (ownPath !== undefined) own.v1.set(controller, ownPath);
	}
	const v2 = paths.v2 === undefined ? undefined : cut(paths.v2);
	return v2 === undefined ? own : { ...own, v2 };
}

function namesContainer(path: string): boolean {
	return isContainerKind(classifyCgroup(path).kind);
}

function meaningfulPath(path: string): string | undefined {
	if (path === '/' || path === '/init.scope' || path === '' || path.endsWith(' (deleted)')) return undefined;
	// What an LXC guest runs has cgroups of its own below; the guest is the container.
	if (path.startsWith('/lxc.payload.')) return `/${path.split('/', 2)[1]}`;
	return path;
}
