import { readFileSync } from 'node:fs';
import type { ProcFiles } from '../processes/proc-files.ts';

/** A recorded /proc tree: text of files and targets of links, by path under /proc. */
export interface RecordedTree {
	files: Record<string, string>;
	links: Record<string, string>;
}

export function readRecordedTree(name: string): RecordedTree {
	return JSON.parse(
		readFileSync(new URL(`./recorded/${name}.json`, import.meta.url), 'utf8'),
	) as RecordedTree;
}

/** ProcFiles over a recorded tree; processes may be removed as they would end. */
export class RecordedProc implements ProcFiles {
	readonly #files: Map<string, string>;
	readonly #links: Map<string, string>;

	constructor(...trees: RecordedTree[]) {
		this.#files = new Map(trees.flatMap((tree) => Object.entries(tree.files)));
		this.#links = new Map(trees.flatMap((tree) => Object.entries(tree.links)));
	}

	/** Adds one process of few files. */
	add(
		pid: number,
		given: { cgroup: string; exe?: string; cmdline?: string; parent?: number; net?: number },
	): void {
		this.#files.set(`${pid}/cgroup`, given.cgroup);
		this.#files.set(`${pid}/stat`, `${pid} (x) S ${given.parent ?? 1} ${'0 '.repeat(17)}100 0`);
		this.#files.set(`${pid}/cmdline`, given.cmdline ?? `${given.exe ?? ''}\0`);
		if (given.exe !== undefined) this.#links.set(`${pid}/exe`, given.exe);
		if (given.net !== undefined) this.#links.set(`${pid}/ns/net`, `net:[${given.net}]`);
	}

	/** The process ends, and its parent does not ask for it: hierarchies of v1 have it in their root. */
	leaveZombie(pid: number): void {
		const cgroup = this.#files.get(`${pid}/cgroup`)!;
		this.#files.set(`${pid}/cgroup`, cgroup.replace(/^([1-9].*:).*/gm, '$1/'));
		this.#files.set(
			`${pid}/stat`,
			this.#files.get(`${pid}/stat`)!.replace(/S (\d+) 0 0 0 0 0 /, 'Z $1 0 0 0 0 4 '),
		);
		this.#links.delete(`${pid}/exe`);
	}

	/** The process ends: nothing of it is left. */
	end(pid: number): void {
		for (const map of [this.#files, this.#links]) {
			for (const path of map.keys()) if (path.startsWith(`${pid}/`)) map.delete(path);
		}
	}

	set(path: string, text: string): void {
		this.#files.set(path, text);
	}

	setLink(path: string, target: string): void {
		this.#links.set(path, target);
	}

	pids(): number[] {
		const names = [...this.#files.keys()].map((path) => path.split('/')[0]!);
		return [...new Set(names)].filter((name) => /^\d+$/.test(name)).map(Number);
	}

	read(path: string): string | undefined {
		return this.#files.get(path);
	}

	link(path: string): string | undefined {
		return this.#links.get(path);
	}

	list(path: string): string[] {
		const paths = [...this.#files.keys(), ...this.#links.keys()];
		const below = paths.filter((each) => each.startsWith(`${path}/`));
		return [...new Set(below.map((each) => each.slice(path.length + 1).split('/')[0]!))];
	}
}
