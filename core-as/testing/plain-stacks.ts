import type { FlameColumns, FoldColumns, TopColumns } from '../facade/profiles.ts';
import { joined } from './random.ts';

/** A stack with names of functions, leaf first, and a value for each kind. */
export interface PlainStack {
	frames: string[];
	values: number[];
}

export const FILE = 'file.c';

/** All frames are in one file. Strings are numbered without the empty one in front, as the component allows. */
export function foldColumns(stacks: readonly PlainStack[], kinds = 1, line = 0): FoldColumns {
	const names = [...new Set(stacks.flatMap(({ frames }) => frames)), FILE];
	const numbers = new Map(names.map((name, i) => [name, i]));
	const encoded = names.map((name) => new TextEncoder().encode(name));
	const frames = names.length - 1;
	return {
		strings: {
			bytes: joined(...encoded),
			ends: ends(encoded),
		},
		frameNames: Uint32Array.from({ length: frames }, (_, i) => i),
		frameFiles: new Uint32Array(frames).fill(frames),
		frameLines: new Uint32Array(frames).fill(line),
		stackEnds: ends(stacks.map((stack) => stack.frames)),
		stackFrames: Uint32Array.from(stacks.flatMap((stack) => stack.frames.map((name) => numbers.get(name)!))),
		values: Float64Array.from(
			Array.from({ length: kinds }, (_, kind) => stacks.map(({ values }) => values[kind]!)).flat(),
		),
	};
}

function ends(lists: readonly { length: number }[]): Uint32Array {
	let end = 0;
	return Uint32Array.from(lists, ({ length }) => {
		end += length;
		return end;
	});
}

export function textsOf({ bytes, ends }: FoldColumns['strings']): string[] {
	return Array.from(ends, (end, i) => new TextDecoder().decode(bytes.subarray(i ? ends[i - 1] : 0, end)));
}

/** By `;root;..;leaf`, `''` for the root: total, self, those of the base. Throws where the columns are no tree. */
export function flameNodes(flame: FlameColumns): Map<string, number[]> {
	const names = textsOf(flame.strings);
	const paths: string[] = [];
	const found = new Map<string, number[]>();
	for (let i = 0; i < flame.names.length; i++) {
		const parent = flame.parents[i]!;
		paths[i] = i === 0 ? '' : `${paths[parent]};${names[flame.names[i]!]!}`;
		const isTree = i === 0 ? parent === 0 : parent < i && flame.depths[i] === flame.depths[parent]! + 1;
		if (!isTree || found.has(paths[i]!))
			throw new Error(`node ${i} is no child of ${parent}, or there twice`);
		found.set(paths[i]!, [flame.totals[i]!, flame.selfs[i]!, flame.baseTotals[i]!, flame.baseSelfs[i]!]);
	}
	return found;
}

/** What `flameNodes` must find. */
export function plainNodes(
	now: readonly PlainStack[],
	base: readonly PlainStack[] = [],
	kind = 0,
): Map<string, number[]> {
	const found = new Map<string, number[]>([['', [0, 0, 0, 0]]]);
	for (const [side, stacks] of [now, base].entries()) {
		for (const { frames, values } of stacks) {
			// A stack is there when one of its kinds is above 0.
			if (!values.some((value) => value > 0)) continue;
			let path = '';
			const steps = [''];
			for (const name of frames.toReversed()) {
				path += `;${name}`;
				steps.push(path);
			}
			for (const [i, step] of steps.entries()) {
				const node = found.get(step) ?? [0, 0, 0, 0];
				node[2 * side]! += values[kind]!;
				if (i === steps.length - 1) node[2 * side + 1]! += values[kind]!;
				found.set(step, node);
			}
		}
	}
	// What weighs nothing is no node of a graph.
	return new Map([...found].filter(([path, node]) => path === '' || node[0]! + node[2]! > 0));
}

/** By name: flat, cumulative, those of the base. */
export function topRows(top: TopColumns): Map<string, number[]> {
	const names = textsOf(top.strings);
	return new Map(
		Array.from(top.names, (name, i) => [
			names[name]!,
			[top.flats[i]!, top.cumulatives[i]!, top.baseFlats[i]!, top.baseCumulatives[i]!],
		]),
	);
}

/** What `topRows` must find. */
export function plainTop(
	now: readonly PlainStack[],
	base: readonly PlainStack[] = [],
	kind = 0,
): Map<string, number[]> {
	const found = new Map<string, number[]>();
	for (const [side, stacks] of [now, base].entries()) {
		for (const { frames, values } of stacks) {
			const value = values[kind]!;
			for (const name of new Set(frames)) {
				const row = found.get(name) ?? [0, 0, 0, 0];
				row[2 * side + 1]! += value;
				if (frames[0] === name) row[2 * side]! += value;
				found.set(name, row);
			}
		}
	}
	return found;
}
