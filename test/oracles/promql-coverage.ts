import { FUNCTIONS } from '../../app/promql/functions/signatures.ts';
import { AGGREGATIONS, OPERATORS } from '../../app/promql/parser/token.ts';
import type { PromqlCase, PromqlCases } from './promql-cases.ts';
import { DATA_START, randomSeries } from './promql-data.ts';
import { Random } from './random.ts';

/** What is about start times, which samples have not here. */
export const WITHOUT_SAMPLES: ReadonlySet<string> = new Set(['start_timestamp']);

/** Arguments that make something of functions whose first thought does not. */
const ARGUMENTS: Record<string, string> = {
	absent: 'nothing{job="api"}',
	absent_over_time: 'nothing{job="api"}[5m]',
	...Object.fromEntries(
		['day_of_month', 'day_of_week', 'day_of_year', 'days_in_month', 'hour', 'minute', 'month', 'year'].map(
			(name) => [name, 'when'],
		),
	),
	info: 'load',
	acosh: 'abs(load) + 1',
	clamp: 'load, -1, 1',
	double_exponential_smoothing: 'load[5m], 0.3, 0.6',
	...Object.fromEntries(
		['avg', 'count', 'stddev', 'stdvar', 'sum'].map((name) => [`histogram_${name}`, 'spans']),
	),
	histogram_fraction: '0.1, 1, latency_bucket',
	histogram_quantile: '0.9, latency_bucket',
	histogram_quantiles: 'latency_bucket{le!="1e-1"}, "q", 0.5, 0.9',
	label_join: 'load, "new", "-", "job", "instance"',
	label_replace: 'load, "new", "$1-x", "job", "(.).*"',
	quantile_over_time: '0.9, load[5m]',
	round: 'load, 0.1',
	sort_by_label: 'load, "instance"',
	sort_by_label_desc: 'load, "instance"',
};

const LETTERS: Record<string, string> = {
	vector: 'load',
	matrix: 'requests_total[5m]',
	scalar: '2',
	string: '"x"',
};

/** A query of every function, aggregation and operator, each at one time and over a range. */
export function everyCase(seed: number): PromqlCases {
	const on = 'every';
	const data = new Map([[on, randomSeries(new Random(seed))]]);
	const options = { functions: true, fill: true };
	const cases: PromqlCase[] = [];
	for (const query of everyQuery()) {
		const start = DATA_START + 900_000;
		for (const step of query.endsWith(']') ? [0] : [0, 60_000]) {
			cases.push({ on, query, start, end: start + 600_000, step, lookback: 300_000, options });
		}
	}
	return { data, cases };
}

function everyQuery(): string[] {
	const queries: string[] = [];
	for (const { name, args, returns } of FUNCTIONS.values()) {
		if (WITHOUT_SAMPLES.has(name)) continue;
		const call = `${name}(${ARGUMENTS[name] ?? args.map((type) => LETTERS[type]).join(', ')})`;
		queries.push(returns === 'scalar' ? `${call} + 1` : call);
	}
	for (const op of AGGREGATIONS) {
		const parameter: Record<string, string> = {
			quantile: '0.9, ',
			count_values: '"value", ',
			limit_ratio: '0.5, ',
		};
		const given = parameter[op] ?? (/k$/.test(op) ? '2, ' : '');
		queries.push(
			`${op}(${given}load)`,
			`${op} by (job) (${given}load)`,
			`${op} without (instance) (${given}load)`,
		);
	}
	for (const op of OPERATORS) {
		if (op === '</' || op === '>/') {
			queries.push(`spans ${op} 2`, `sizes ${op} 0.7`);
			continue;
		}
		queries.push(`requests_total ${op} errors_total`, `load ${op} on (job) group_left (zone) limit`);
		if (op === 'and' || op === 'or' || op === 'unless') {
			queries.pop();
			queries.push(`load ${op} on (job) limit{zone="a"}`);
			continue;
		}
		queries.push(`load ${op} 0.5`, `2 ${op} level`);
		if (/[<>=]/.test(op))
			queries.push(`load ${op} bool 0.5`, `requests_total ${op} bool ignoring (x) errors_total`);
	}
	return [...queries, ...histogramQueries()];
}

/** What takes native histograms as well as floats. */
function histogramQueries(): string[] {
	const functions = [
		...[
			'rate',
			'increase',
			'delta',
			'irate',
			'idelta',
			'resets',
			'changes',
			'sum_over_time',
			'avg_over_time',
		],
		...[
			'first_over_time',
			'last_over_time',
			'count_over_time',
			'present_over_time',
			'max_over_time',
			'deriv',
		],
	];
	return ['spans', 'sizes', 'queue', 'motley'].flatMap((name) => [
		...functions.map((fn) => `${fn}(${name}[5m])`),
		...AGGREGATIONS.filter((op) => !/k$|quantile|ratio|count_values/.test(op)).map((op) => `${op}(${name})`),
		...['rate', 'increase', 'delta'].flatMap((fn) =>
			['anchored', 'smoothed'].map((reach) => `${fn}(${name}[5m] ${reach})`),
		),
		...['+', '-', '*', '==', '!='].map((op) => `${name} ${op} ${name}`),
		...['* 2', '/ 3', '* -1', '/ 0', '> 1'].map((operation) => `${name} ${operation}`),
		`count_values("value", ${name})`,
		`histogram_quantile(0.9, ${name})`,
		`histogram_fraction(0.2, 3, ${name})`,
		`histogram_count(rate(${name}[5m]))`,
		`rate(${name}[5m:30s])`,
		`timestamp(${name})`,
		name,
		`${name}[5m]`,
	]);
}
