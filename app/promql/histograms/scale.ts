import { EMPTY_SIDE, type Histogram, operandOf, RESET_HINTS } from './histogram.ts';
import { coarserSide, dividedSide, scaledSide } from './side.ts';

/** A negative factor makes a gauge. */
export function scale(h: Histogram, factor: number): Histogram {
	return {
		...h,
		hint: factor < 0 ? RESET_HINTS.gauge : h.hint,
		zeroCount: operandOf(h).zeroCount * factor,
		count: h.count * factor,
		sum: h.sum * factor,
		positive: scaledSide(h.positive, factor),
		negative: scaledSide(h.negative, factor),
	};
}

/** By zero no buckets are left. */
export function divide(h: Histogram, by: number): Histogram {
	return {
		...h,
		hint: by < 0 ? RESET_HINTS.gauge : h.hint,
		zeroCount: operandOf(h).zeroCount / by,
		count: h.count / by,
		sum: h.sum / by,
		positive: by === 0 ? EMPTY_SIDE : dividedSide(h.positive, by),
		negative: by === 0 ? EMPTY_SIDE : dividedSide(h.negative, by),
	};
}

/** In a schema that is not finer; not for custom bounds. */
export function coarser(h: Histogram, schema: number): Histogram {
	if (h.schema === schema) return h;
	return {
		...h,
		schema,
		positive: coarserSide(h.positive, h.schema, schema),
		negative: coarserSide(h.negative, h.schema, schema),
	};
}
