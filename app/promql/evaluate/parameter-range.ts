import type { Aggregation } from '../parser/ast.ts';
import { maxOf, minOf } from './arithmetic.ts';

/** What an aggregation's parameter is over all steps. */
export interface ParameterRange {
	/** NaN where a NaN was seen, unless an infinite value came after it. */
	min: number;
	max: number;
	hasNaN: boolean;
}

export function parameterRange({ parameter }: Aggregation, values: Float64Array): ParameterRange {
	if (parameter?.kind === 'number') {
		const { value } = parameter;
		return { min: value, max: value, hasNaN: Number.isNaN(value) };
	}
	return {
		min: values.reduce(minOf, Number.MAX_VALUE),
		max: values.reduce(maxOf, -Number.MAX_VALUE),
		hasNaN: values.some(Number.isNaN),
	};
}
