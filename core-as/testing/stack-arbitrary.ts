import fc from 'fast-check';
import { CoreError } from '../facade/errors.ts';
import type { FlameColumns, ProfileFold } from '../facade/profiles.ts';
import type { PlainStack } from './plain-stacks.ts';

/** Nodes or rows that no profile of these tests has. */
export const ALL = 1e6;

const name = fc.constantFrom('a', 'b', 'c', 'größe', 'main', 'a long name of a function');
export const stacksOf = (kinds: number, least = 0) =>
	fc.array(
		fc.record({
			frames: fc.array(name, { maxLength: 7 }),
			values: fc.array(fc.integer({ min: least, max: 1000 }), { minLength: kinds, maxLength: kinds }),
		}),
		{ maxLength: 20 },
	);

/** All of each kind. */
export function flamesOf(fold: ProfileFold, kinds: number): FlameColumns[] {
	return Array.from({ length: kinds }, (_, kind) => fold.flame(ALL, kind));
}

/** Code of the error that it throws; empty where it throws none. */
export function codeOf(work: () => unknown): string {
	try {
		work();
	} catch (error) {
		if (error instanceof CoreError) return error.code;
		throw error;
	}
	return '';
}

/** Sums of equal stacks, kind by kind. */
export function merged(stacks: readonly PlainStack[]): Map<string, number[]> {
	const found = new Map<string, number[]>();
	for (const { frames, values } of stacks) {
		const key = frames.join(';');
		const sums = found.get(key) ?? values.map(() => 0);
		found.set(
			key,
			sums.map((sum, kind) => sum + values[kind]!),
		);
	}
	return found;
}
