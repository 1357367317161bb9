import { Profile } from 'pprof-format';
import { unpacked } from './pprof-bodies.ts';

/** A stack of all profiles: numbers of frames leaf first, and a sum for each type. */
export interface PlainStack {
	frames: number[];
	values: number[];
}

/**
 * Profiles merged by stack with pprof-format and maps: frames are interned once for each location, stacks by the
 * characters of their numbers.
 */
export class PlainMerge {
	readonly frames = new Map<string, number>();
	readonly stacks = new Map<string, PlainStack>();

	add(body: Uint8Array): void {
		const profile = Profile.decode(unpacked(body));
		const { strings } = profile.stringTable;
		const functions = new Map<number, string>();
		for (const { id, name, filename } of profile.function)
			functions.set(Number(id), `${strings[Number(name)]}\n${strings[Number(filename)]}`);
		const locations = new Map<number, number[]>();
		for (const { id, line } of profile.location)
			locations.set(
				Number(id),
				line.map((each) => this.#frame(`${functions.get(Number(each.functionId))}\n${each.line}`)),
			);
		for (const { locationId, value } of profile.sample) {
			const frames: number[] = [];
			for (const id of locationId) for (const frame of locations.get(Number(id))!) frames.push(frame);
			this.#add(frames, value);
		}
	}

	#frame(key: string): number {
		const known = this.frames.get(key);
		if (known !== undefined) return known;
		this.frames.set(key, this.frames.size);
		return this.frames.size - 1;
	}

	/** Frames are fewer than 65536. */
	#add(frames: number[], value: readonly (number | bigint)[]): void {
		const key = String.fromCharCode(...frames);
		const known = this.stacks.get(key);
		if (known === undefined) this.stacks.set(key, { frames, values: value.map(Number) });
		else for (let i = 0; i < value.length; i++) known.values[i]! += Number(value[i]);
	}
}
