import { fail, TOO_MANY } from './protobuf-reader';

// Bounds of what one body may hold; beyond them decoding stops with TOO_MANY, before anything is allocated.

export const MAX_SERIES: u32 = 1 << 21;
export const MAX_LABELS: u32 = 1 << 22;
export const MAX_SAMPLES: u32 = 1 << 22;
export const MAX_SYMBOLS: u32 = 1 << 22;
export const MAX_METADATA: u32 = 1 << 20;
export const MAX_EXEMPLARS: u32 = 1 << 20;
export const MAX_HISTOGRAMS: u32 = 1 << 20;
/** Of spans, of buckets and of custom values each. */
export const MAX_BUCKETS: u32 = 1 << 22;
/** Of all columns and tables together: with a body of 128 MiB it leaves a good part of an instance's 512 MiB free. */
export const MAX_COLUMN_BYTES: u64 = 224 << 20;

export function tooMany(at: usize): bool {
	fail(TOO_MANY, at);
	return false;
}
