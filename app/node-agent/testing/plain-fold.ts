/** A fold of stacks in plain JavaScript, encoded by pprof-format: an oracle, and slow. */

import {
	Line,
	Location,
	Function as PprofFunction,
	Profile,
	Sample,
	StringTable,
	ValueType,
} from 'pprof-format';
import type { StackColumns, StackFold } from '../profiles/stack-fold.ts';

/** One stack, leaf first, frames as `name (file)`. */
export interface PlainStack {
	frames: string[];
	value: number;
}

export function plainStacks(columns: StackColumns): PlainStack[] {
	const { strings, stackEnds, stackFrames, frameNames, frameFiles } = columns;
	const decoder = new TextDecoder();
	const text = (i: number) =>
		decoder.decode(strings.bytes.subarray(i ? strings.ends[i - 1] : 0, strings.ends[i]));
	return Array.from(stackEnds, (end, i) => ({
		frames: [...stackFrames.subarray(i ? stackEnds[i - 1] : 0, end)].map(
			(frame) => `${text(frameNames[frame]!)} (${text(frameFiles[frame]!)})`,
		),
		value: columns.values[i]!,
	}));
}

export class PlainFold implements StackFold {
	readonly #stacks = new Map<string, PlainStack>();
	pruned: number | undefined;

	clear(): void {
		this.#stacks.clear();
	}

	add(columns: StackColumns, scale = 1): void {
		for (const { frames, value } of plainStacks(columns)) {
			const key = frames.join('\n');
			const known = this.#stacks.get(key);
			if (known) known.value += value * scale;
			else this.#stacks.set(key, { frames, value: value * scale });
		}
	}

	/** Is only remembered. */
	prune(minShare: number): void {
		this.pruned = minShare;
	}

	pprof(o: {
		types: readonly { type: string; unit: string }[];
		timeNanos: bigint;
		durationNanos: bigint;
		period?: number;
	}): Uint8Array {
		const stringTable = new StringTable();
		const ids = new Map<string, number>();
		const functions: PprofFunction[] = [];
		const locations: Location[] = [];
		const idOf = (frame: string) => {
			const known = ids.get(frame);
			if (known !== undefined) return known;
			const id = ids.size + 1;
			ids.set(frame, id);
			const [, name, filename] = /^(.*) \((.*)\)$/s.exec(frame)!;
			functions.push(
				new PprofFunction({ id, name: stringTable.dedup(name!), filename: stringTable.dedup(filename!) }),
			);
			locations.push(new Location({ id, line: [new Line({ functionId: id, line: 0 })] }));
			return id;
		};
		const samples = [...this.#stacks.values()].map(
			({ frames, value }) => new Sample({ locationId: frames.map(idOf), value: [Math.round(value)] }),
		);
		return new Profile({
			sampleType: o.types.map(
				({ type, unit }) => new ValueType({ type: stringTable.dedup(type), unit: stringTable.dedup(unit) }),
			),
			sample: samples,
			location: locations,
			function: functions,
			stringTable,
			timeNanos: o.timeNanos,
			durationNanos: o.durationNanos,
			period: o.period ?? 0,
		}).encode();
	}
}
