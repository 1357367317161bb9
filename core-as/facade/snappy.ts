import type { CodecComponent } from './codec.ts';
import { checkInput, MAX_INPUT } from './codec-input.ts';
import { CoreError, hexAt } from './errors.ts';
import { type Lending, ownedList, type Scratch } from './lent.ts';

/** Snappy block format. */
export interface SnappyCodec {
	snappyCompress(input: Uint8Array, lending?: Lending): Uint8Array;
	/** Into `scratch` if one is given. Throws CoreError CXR_CORE_SNAPPY_*; never produces more than `maxBytes`. */
	snappyUncompress(input: Uint8Array, maxBytes: number, scratch?: Scratch): Uint8Array;
}

const SNAPPY_REFUSALS = {
	cut: 'CXR_CORE_SNAPPY_CUT',
	'bad-copy': 'CXR_CORE_SNAPPY_BAD_COPY',
	'bad-length': 'CXR_CORE_SNAPPY_BAD_LENGTH',
	'too-large': 'CXR_CORE_SNAPPY_TOO_LARGE',
} as const;

export function snappyCodec(component: CodecComponent): SnappyCodec {
	return {
		snappyCompress(input, { lend = false } = {}) {
			checkInput(input);
			const packed = component.call((it) => it.snappy.compress(input));
			return lend ? packed : ownedList(packed);
		},
		snappyUncompress(input, maxBytes, scratch) {
			checkInput(input);
			if (!Number.isInteger(maxBytes) || maxBytes < 0) throw new Error(`BUG: maxBytes ${maxBytes}`);
			const limit = Math.min(maxBytes, MAX_INPUT);
			const plain = component.call(
				(it) => it.snappy.uncompress(input, limit),
				(why: keyof typeof SNAPPY_REFUSALS) =>
					new CoreError(SNAPPY_REFUSALS[why], { hex: `starts with ${hexAt(input, 0)}` }),
			);
			if (!scratch) return ownedList(plain);
			const out = scratch.take(plain.length);
			out.set(plain);
			return out;
		},
	};
}
