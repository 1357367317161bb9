import { CUSTOM_SCHEMA } from './histogram.ts';

const FINEST = 8;
const STEPS = 2 ** FINEST;
/** Where the exponent of the last finite bound would leave the floats. */
const OVERFLOW = 1024;

/** The powers of two within [1, 2) that bound buckets of schema 8; coarser schemas have every second, fourth and so on. */
const POWERS = powers();

/**
 * Multiplied up from the roots of 2, the larger first, and with a root of 2 that is one bit short: so the values are
 * Prometheus's own to the bit, which are not all the nearest ones.
 */
function powers(): Float64Array {
	const roots = Array.from({ length: FINEST }, (_, k) => 2 ** (1 / 2 ** (k + 1)));
	roots[0] = Math.SQRT2 - Number.EPSILON;
	return Float64Array.from({ length: STEPS }, (_, i) =>
		roots.reduce((product, root, k) => ((i >> (FINEST - 1 - k)) & 1 ? product * root : product), 1),
	);
}

/**
 * The upper bound of a bucket, by magnitude; that of the bucket before is its lower one. Custom buckets begin with index 0,
 * below which is -Inf. The bucket that ends where floats do has the largest float as bound, and the one behind it +Inf.
 */
export function boundOf(index: number, schema: number, bounds: Float64Array): number {
	if (schema === CUSTOM_SCHEMA) {
		if (index < 0) return Number.NEGATIVE_INFINITY;
		return index < bounds.length ? bounds[index]! : Number.POSITIVE_INFINITY;
	}
	if (schema < 0) {
		const exponent = index * 2 ** -schema;
		return exponent === OVERFLOW ? Number.MAX_VALUE : 2 ** exponent;
	}
	const step = index & (2 ** schema - 1);
	const exponent = index >> schema;
	if (step === 0 && exponent === OVERFLOW) return Number.MAX_VALUE;
	return POWERS[step << (FINEST - schema)]! * 2 ** exponent;
}

/** The index that a bucket's observations have in a coarser schema. */
export function coarserIndex(index: number, from: number, to: number): number {
	return ((index - 1) >> (from - to)) + 1;
}
