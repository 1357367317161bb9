import type { CodecComponent } from './codec.ts';
import { checkInput, MAX_INPUT } from './codec-input.ts';
import { CoreError, hexAt } from './errors.ts';

/** Snappy block format. */
export interface SnappyCodec {
	snappyCompress(input: Uint8Array): Uint8Array;
	/** Throws CoreError CXR_CORE_SNAPPY_*; never produces more than `maxBytes`. */
	snappyUncompress(input: Uint8Array, maxBytes: number): Uint8Array;
}

const SNAPPY_REFUSALS = {
	cut: 'CXR_CORE_SNAPPY_CUT',
	'bad-copy': 'CXR_CORE_SNAPPY_BAD_COPY',
	'bad-length': 'CXR_CORE_SNAPPY_BAD_LENGTH',
	'too-large': 'CXR_CORE_SNAPPY_TOO_LARGE',
} as const;

export function snappyCodec(component: CodecComponent): SnappyCodec {
	return {
		snappyCompress(input) {
			checkInput(input);
			return component.call((it) => it.snappy.compress(input));
		},
		snappyUncompress(input, maxBytes) {
			checkInput(input);
			if (!Number.isInteger(maxBytes) || maxBytes < 0) throw new Error(`BUG: maxBytes ${maxBytes}`);
			const limit = Math.min(maxBytes, MAX_INPUT);
			return component.call(
				(it) => it.snappy.uncompress(input, limit),
				(why: keyof typeof SNAPPY_REFUSALS) =>
					new CoreError(SNAPPY_REFUSALS[why], { hex: `starts with ${hexAt(input, 0)}` }),
			);
		},
	};
}
