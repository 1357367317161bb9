import type { FlameColumns, FoldColumns, ProfileFold } from '../../../core-as/facade/index.ts';
import type { StoredStack } from './profile-stacks.ts';

/** Texts of all stacks numbered, and the stacks by these numbers; `withLines` keeps lines apart. */
function columnsOf(stacks: readonly StoredStack[], withLines: boolean): FoldColumns {
	const strings = new Map<string, number>([['', 0]]);
	const frames = new Map<string, number>();
	const [names, files, lines, ends, stackFrames]: number[][] = [[], [], [], [], []];
	const number = (text: string) => {
		const known = strings.get(text);
		if (known !== undefined) return known;
		strings.set(text, strings.size);
		return strings.size - 1;
	};
	for (const stack of stacks) {
		for (const [i, name] of stack.functions.entries()) {
			const file = stack.files[i] ?? '';
			const line = withLines ? (stack.lines[i] ?? 0) : 0;
			const key = `${number(name)}:${number(file)}:${line}`;
			let frame = frames.get(key);
			if (frame === undefined) {
				frame = frames.size;
				frames.set(key, frame);
				names!.push(number(name));
				files!.push(number(file));
				lines!.push(line);
			}
			stackFrames!.push(frame);
		}
		ends!.push(stackFrames!.length);
	}
	return {
		strings: packed([...strings.keys()]),
		frameNames: Uint32Array.from(names!),
		frameFiles: Uint32Array.from(files!),
		frameLines: Uint32Array.from(lines!),
		stackEnds: Uint32Array.from(ends!),
		stackFrames: Uint32Array.from(stackFrames!),
		values: Float64Array.from(stacks, ({ total }) => total),
	};
}

function packed(texts: readonly string[]): FoldColumns['strings'] {
	const encoded = texts.map((text) => new TextEncoder().encode(text));
	const ends = new Uint32Array(texts.length);
	const bytes = new Uint8Array(encoded.reduce((sum, { length }) => sum + length, 0));
	let at = 0;
	for (const [i, each] of encoded.entries()) {
		bytes.set(each, at);
		at += each.length;
		ends[i] = at;
	}
	return { bytes, ends };
}

export interface Flame extends Omit<FlameColumns, 'strings'> {
	strings: string[];
}

/** Folds stacks into a flame graph; lines of one function are one frame. Throws CoreError CXR_CORE_FOLD_FULL. */
export function flameOf(fold: ProfileFold, stacks: readonly StoredStack[], maxNodes: number): Flame {
	fold.clear();
	const stackColumns = columnsOf(stacks, false);
	fold.add(stackColumns);
	// Other values of the same stacks.
	fold.add({ ...stackColumns, values: Float64Array.from(stacks, ({ baseTotal }) => baseTotal) }, 1, true);
	const { strings, ...columns } = fold.flame(maxNodes);
	fold.clear();
	const decoder = new TextDecoder();
	const texts = Array.from(strings.ends, (end, i) =>
		decoder.decode(strings.bytes.subarray(i ? strings.ends[i - 1] : 0, end)),
	);
	return { ...columns, strings: texts };
}

/** The stacks of [from, to), ms, as profile.proto, not compressed. */
export function pprofOf(
	fold: ProfileFold,
	stacks: readonly StoredStack[],
	head: { type: string; unit: string; from: number; to: number },
): Uint8Array {
	const { type, unit, from, to } = head;
	fold.clear();
	fold.add(columnsOf(stacks, true));
	const ns = (ms: number) => BigInt(Math.round(ms)) * 1_000_000n;
	const bytes = fold.pprof({ types: [{ type, unit }], timeNanos: ns(to), durationNanos: ns(to - from) });
	fold.clear();
	return bytes;
}
