import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { CgroupFiles } from '../../../app/node-agent/resources/cgroup-files.ts';
import { KeptFiles } from './kept-files.ts';
import { HOST_ROOTS, orUndefined } from './procfs.ts';

/** CgroupFiles over the node's mounts. */
export class NodeCgroupFiles implements CgroupFiles {
	readonly #root: string;
	readonly #files: KeptFiles;

	/**
	 * @param root as the node sees it
	 * @param hostRoots of the node's file system, the first that has `root` counts: the agent may run in a container
	 */
	constructor(root = '/sys/fs/cgroup', hostRoots = HOST_ROOTS) {
		const roots = hostRoots.map((host) => join(host, root));
		this.#root = `${roots.find((each) => orUndefined(() => statSync(each)) !== undefined) ?? root}/`;
		this.#files = new KeptFiles(this.#root);
	}

	read(path: string): string | undefined {
		return this.#files.read(path);
	}

	inode(path: string): number | undefined {
		return orUndefined(() => statSync(this.#root + path).ino);
	}

	close(): void {
		this.#files.close();
	}
}
