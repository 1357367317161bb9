import type { ValueType } from '../parser/ast.ts';

/** Name and types of a function. */
export interface FunctionSignature {
	name: string;
	args: readonly ValueType[];
	/** How many more of the last argument's type there may be, itself counted as optional; -1 any number. 0 is none. */
	variadic: number;
	returns: ValueType;
	/** Only behind a flag. */
	experimental: boolean;
}

const TYPES: Record<string, ValueType> = { v: 'vector', m: 'matrix', s: 'scalar', t: 'string' };

/** `args` has a letter per argument: v vector, m range vector, s scalar, t string. */
function signature(name: string, args: string, more: Partial<FunctionSignature> = {}): FunctionSignature {
	const types = [...args].map((letter) => TYPES[letter]!);
	return { name, args: types, variadic: 0, returns: 'vector', experimental: false, ...more };
}

const EXPERIMENTAL = { experimental: true };
const SCALAR = { returns: 'scalar' } as const;

const vectorFunctions = [
	...['abs', 'absent', 'acos', 'acosh', 'asin', 'asinh', 'atan', 'atanh', 'ceil', 'cos', 'cosh', 'deg'],
	...['exp', 'floor', 'histogram_avg', 'histogram_count', 'histogram_sum', 'histogram_stddev'],
	...['histogram_stdvar', 'ln', 'log10', 'log2', 'rad', 'sgn', 'sin', 'sinh', 'sort', 'sort_desc', 'sqrt'],
	...['tan', 'tanh', 'timestamp'],
].map((name) => signature(name, 'v'));

const rangeFunctions = [
	...['absent_over_time', 'avg_over_time', 'changes', 'count_over_time', 'delta', 'deriv', 'first_over_time'],
	...['idelta', 'increase', 'irate', 'last_over_time', 'max_over_time', 'min_over_time', 'present_over_time'],
	...['rate', 'resets', 'stddev_over_time', 'stdvar_over_time', 'sum_over_time'],
].map((name) => signature(name, 'm'));

const experimentalRangeFunctions = [
	...['mad_over_time', 'ts_of_first_over_time', 'ts_of_last_over_time', 'ts_of_max_over_time'],
	'ts_of_min_over_time',
].map((name) => signature(name, 'm', EXPERIMENTAL));

const timeFunctions = [
	...['day_of_month', 'day_of_week', 'day_of_year', 'days_in_month', 'hour', 'minute', 'month', 'year'],
].map((name) => signature(name, 'v', { variadic: 1 }));

/** All functions of Prometheus 3. */
export const FUNCTIONS: ReadonlyMap<string, FunctionSignature> = new Map(
	[
		...vectorFunctions,
		...rangeFunctions,
		...experimentalRangeFunctions,
		...timeFunctions,
		signature('clamp', 'vss'),
		signature('clamp_max', 'vs'),
		signature('clamp_min', 'vs'),
		signature('double_exponential_smoothing', 'mss', EXPERIMENTAL),
		signature('end', '', { ...SCALAR, ...EXPERIMENTAL }),
		signature('histogram_fraction', 'ssv'),
		signature('histogram_quantile', 'sv'),
		signature('histogram_quantiles', 'vtss', { variadic: 9, ...EXPERIMENTAL }),
		signature('info', 'vv', { variadic: 1, ...EXPERIMENTAL }),
		signature('integral', 'ms', { variadic: 1, ...EXPERIMENTAL }),
		signature('label_join', 'vttt', { variadic: -1 }),
		signature('label_replace', 'vtttt'),
		signature('max_of', 'ss', { ...SCALAR, ...EXPERIMENTAL }),
		signature('min_of', 'ss', { ...SCALAR, ...EXPERIMENTAL }),
		signature('pi', '', SCALAR),
		signature('predict_linear', 'ms'),
		signature('quantile_over_time', 'sm'),
		signature('range', '', { ...SCALAR, ...EXPERIMENTAL }),
		signature('round', 'vs', { variadic: 1 }),
		signature('scalar', 'v', SCALAR),
		signature('sort_by_label', 'vt', { variadic: -1, ...EXPERIMENTAL }),
		signature('sort_by_label_desc', 'vt', { variadic: -1, ...EXPERIMENTAL }),
		signature('start', '', { ...SCALAR, ...EXPERIMENTAL }),
		signature('start_timestamp', 'v', EXPERIMENTAL),
		signature('step', '', { ...SCALAR, ...EXPERIMENTAL }),
		signature('time', '', SCALAR),
		signature('vector', 's'),
	].map((f) => [f.name, f]),
);
