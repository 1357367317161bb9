import type { ProfileFlame } from '../src/api/profile-types.ts';

/** A stack with its samples, root first. A frame is `name` or `name|file`. */
export interface Stack {
	frames: readonly string[];
	value: number;
	/** Samples in the base. */
	base?: number;
}

interface Node {
	frame: string;
	total: number;
	self: number;
	baseTotal: number;
	baseSelf: number;
	children: Map<string, Node>;
}

const nodeOf = (frame: string): Node => ({
	...{ frame, total: 0, self: 0, baseTotal: 0, baseSelf: 0 },
	children: new Map(),
});

/** A flame graph of few stacks, in the shape of the server's answer. `compared` adds the columns of a base. */
export function foldStacks(stacks: readonly Stack[], compared = false): ProfileFlame {
	const root = nodeOf('');
	for (const { frames, value, base = 0 } of stacks) {
		let node = root;
		for (const frame of ['', ...frames]) {
			if (frame !== '') {
				const child = node.children.get(frame) ?? nodeOf(frame);
				node.children.set(frame, child);
				node = child;
			}
			node.total += value;
			node.baseTotal += base;
		}
		node.self += value;
		node.baseSelf += base;
	}
	const strings = new Map<string, number>([['', 0]]);
	const number = (text: string) => {
		if (!strings.has(text)) strings.set(text, strings.size);
		return strings.get(text)!;
	};
	const [names, files, parents, depths, totals, selfs, baseTotals, baseSelfs]: number[][] = Array.from(
		{ length: 8 },
		() => [],
	);
	const write = (node: Node, parent: number, depth: number) => {
		const [name = '', file = ''] = node.frame.split('|');
		const own = names!.push(number(name)) - 1;
		files!.push(number(file));
		parents!.push(parent);
		depths!.push(depth);
		totals!.push(node.total);
		selfs!.push(node.self);
		baseTotals!.push(node.baseTotal);
		baseSelfs!.push(node.baseSelf);
		for (const child of node.children.values()) write(child, own, depth + 1);
	};
	write(root, 0, 0);
	return {
		...{ type: 'ebpf:cpu:nanoseconds', unit: 'nanoseconds', from: 0, to: 1, truncated: false },
		...{ total: root.total, baseTotal: compared ? root.baseTotal : null, samples: root.total },
		strings: [...strings.keys()],
		...{ names: names!, files: files!, parents: parents!, depths: depths!, totals: totals!, selfs: selfs! },
		...{ baseTotals: compared ? baseTotals! : null, baseSelfs: compared ? baseSelfs! : null },
		...{ instances: [], times: [], series: [], unnamed: null },
	};
}
