import type { Random } from './random.ts';

const OVER_TIME = [
	...['sum', 'avg', 'min', 'max', 'count', 'present', 'first', 'last', 'stddev', 'stdvar'].map(
		(n) => `${n}_over_time`,
	),
	...['rate', 'increase', 'delta', 'irate', 'idelta', 'changes', 'resets', 'deriv'],
];
const EXPERIMENTAL_OVER_TIME = [
	...['mad', 'ts_of_first', 'ts_of_last', 'ts_of_min', 'ts_of_max'].map((n) => `${n}_over_time`),
	'integral',
];
const ELEMENTWISE = ['abs', 'ceil', 'floor', 'sqrt', 'sgn', 'deg', 'rad', 'round', 'sort', 'sort_desc'];
/** Go's and V8's differ in the last digit, which must not be blown up by what comes after: they stand on top. */
const TRANSCENDENT = [
	...[
		'exp',
		'ln',
		'log2',
		'log10',
		'acos',
		'acosh',
		'asin',
		'asinh',
		'atan',
		'atanh',
		'cos',
		'cosh',
		'sin',
		'sinh',
	],
	...['tan', 'tanh'],
];
const CALENDAR = [
	...['day_of_month', 'day_of_week', 'day_of_year', 'days_in_month', 'hour', 'minute', 'month', 'year'],
];
const FOLDS = ['sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar'];
const ARITHMETIC = ['+', '-', '*', '/', '%'];
const COMPARISON = ['==', '!=', '<', '<=', '>', '>='];
const TOP = 3;
const DURATIONS = ['15s', '1m', '90s', '5m', '10m', '37s', '1m30s', '1s', '300'];
const DURATION_EXPRESSIONS = [
	...[
		'2 * 1m',
		'step() * 3',
		'max_of(step(), 1m)',
		'min_of(2m, range())',
		'(1m + 30s) * 2',
		'2 ^ 7',
		'5m % 2m',
		'1m - -15s',
	],
];
/** Metrics of native histograms. */
const HISTOGRAMS = ['spans', 'spans', 'sizes', 'sizes', 'queue', 'motley'];
const LABELS = [
	'job',
	'code',
	'instance',
	'zone',
	'__name__',
	'"a b"',
	'nothing',
	'constructor',
	'__proto__',
];

/** Random expressions, each of a type that it says. All are syntactically right; their types mostly. */
export class RandomQuery {
	readonly #random: Random;

	constructor(random: Random) {
		this.#random = random;
	}

	/** An expression of any type that a query may have. */
	any(instant: boolean): string {
		if (instant && this.#random.chance(0.05)) return this.range(1);
		if (this.#random.chance(0.07)) return this.scalar(2);
		return this.vector(TOP);
	}

	vector(depth: number): string {
		const random = this.#random;
		if (depth <= 0) return this.selector();
		// Between logarithms, whose last digits differ.
		if (depth >= TOP && random.chance(0.08)) return this.#histogramEstimate();
		if (depth >= TOP && random.chance(0.08)) {
			const selector = this.selector();
			if (random.chance(0.2))
				return `${selector} ${random.pick(['atan2', '^'])}${this.#matching()} ${random.pick(['1', '-0.5', this.selector()])}`;
			return `${random.pick(TRANSCENDENT)}(${selector})`;
		}
		const kinds: (() => string)[] = [
			() => this.selector(),
			() => this.#overTime(depth),
			() => this.#overTime(depth),
			() => `${random.pick(ELEMENTWISE)}(${this.vector(depth - 1)})`,
			// Less than the time itself, which variances have no digits left for.
			() => `(${this.#timestamp(this.vector(depth - 1))} - 1700000000)`,
			() => this.#aggregation(depth),
			() => this.#aggregation(depth),
			() => this.#binary(depth),
			() => this.#binary(depth),
			() => this.#other(depth),
			() => this.#histogram(depth),
			() => this.#histogram(depth),
			() => `-${this.vector(depth - 1)}`,
			() => `(${this.vector(depth - 1)})`,
		];
		return random.pick(kinds)();
	}

	scalar(depth: number): string {
		const random = this.#random;
		const number = random.pick([
			'0',
			'1',
			'2',
			'-1',
			'0.5',
			'100',
			'1e3',
			'NaN',
			'Inf',
			'-Inf',
			'5m',
			'0x1F',
			'3',
			'10',
		]);
		if (depth <= 0 || random.chance(0.5)) return number;
		return random.pick([
			() => `scalar(${this.vector(depth - 1)})`,
			() => 'time()',
			() => 'pi()',
			() => `(${this.scalar(depth - 1)} ${random.pick(ARITHMETIC)} ${this.scalar(depth - 1)})`,
			() => `(${this.scalar(depth - 1)} ${random.pick(COMPARISON)} bool ${this.scalar(depth - 1)})`,
			() => `-${this.scalar(depth - 1)}`,
		])();
	}

	#matchers(): string {
		const random = this.#random;
		if (random.chance(0.7)) return '';
		const one = () =>
			random.pick([
				'job="api"',
				'job!="api"',
				'job=~"a.*|db"',
				'job!~"(?i)API"',
				'code=~"[45].."',
				'code="200"',
				'instance=~".+"',
				'instance=""',
				'zone!=""',
				'code=~"\\\\d{3}"',
				'job=~"ü|web-\\\\d"',
				'nothing=""',
				'constructor=""',
				'__proto__!~"p"',
				'toString=~"|x"',
			]);
		return `{${one()}${random.chance(0.3) ? `, ${one()}` : ''}}`;
	}

	#name(): string {
		const names = [
			'requests_total',
			'errors_total',
			'load',
			'level',
			'limit',
			'latency_bucket',
			'when',
			'odd',
			'none',
		];
		if (this.#random.chance(0.25)) return this.#random.pick(HISTOGRAMS);
		return this.#random.pick([...names, ...names.slice(0, 5)]);
	}

	#modifiers(): string {
		const random = this.#random;
		let out = '';
		if (random.chance(0.1))
			out += ` @ ${random.pick(['start()', 'end()', '1700000600', '1700000900.5', '1700001200'])}`;
		if (random.chance(0.15))
			out += ` offset ${random.pick(['1m', '-1m', '5m', '37s', '-90s', '1', '(2 * 30s)', '-step()'])}`;
		return out;
	}

	/** Prometheus forgets the offset of a selector with `@` in here. */
	#timestamp(inner: string): string {
		return `timestamp(${inner.replace(/( @ \S+) offset .*$/, '$1')})`;
	}

	selector(): string {
		const random = this.#random;
		if (random.chance(0.04)) return `{__name__=~"requests_total|errors_total"}${this.#modifiers()}`;
		if (random.chance(0.03)) return `{"odd", "a b"=~"x.*"}${this.#modifiers()}`;
		const smoothed = random.chance(0.02) ? ' smoothed' : '';
		return `${this.#name()}${this.#matchers()}${smoothed}${this.#modifiers()}`;
	}

	range(depth: number): string {
		const random = this.#random;
		const width = random.chance(0.07) ? random.pick(DURATION_EXPRESSIONS) : random.pick(DURATIONS);
		if (depth > 1 && random.chance(0.3)) {
			const step = random.pick(['', '30s', '1m', '17s', '2m', 'step() + 1s']);
			return `${this.#operand(depth - 1)}[${width}:${step}]${this.#modifiers()}`;
		}
		return `${this.#name()}${this.#matchers()}[${width}]${this.#modifiers()}`;
	}

	/** What can stand before a bracket or an operator. */
	#operand(depth: number): string {
		return `(${this.vector(depth)})`;
	}

	#overTime(depth: number): string {
		const random = this.#random;
		if (random.chance(0.06)) {
			const reach = random.pick(['anchored', 'smoothed']);
			const fn = random.pick(
				reach === 'anchored'
					? ['rate', 'increase', 'delta', 'changes', 'resets']
					: ['rate', 'increase', 'delta'],
			);
			return `${fn}(${this.#name()}${this.#matchers()}[${random.pick(DURATIONS)}] ${reach})`;
		}
		const range = this.range(depth);
		return random.pick([
			() => `${random.pick(OVER_TIME)}(${range})`,
			() => `${random.pick(OVER_TIME)}(${range})`,
			() => `${random.pick(OVER_TIME)}(${range})`,
			() => `${random.pick(EXPERIMENTAL_OVER_TIME)}(${range})`,
			() => `quantile_over_time(${this.#share()}, ${range})`,
			() => `predict_linear(${range}, ${random.pick(['60', '-300', '0.5', this.scalar(1)])})`,
			() => `double_exponential_smoothing(${range}, 0.${1 + random.below(9)}, 0.${1 + random.below(9)})`,
			() => `absent_over_time(${range})`,
			() => `integral(${range}, ${random.pick(['0', '1', '2', '3'])})`,
		])();
	}

	#share(): string {
		return this.#random.pick(['0', '0.5', '0.9', '0.99', '1', '-1', '2', 'NaN', '0.33']);
	}

	#labels(): string {
		const random = this.#random;
		const n = random.below(3);
		return Array.from({ length: n }, () => random.pick(LABELS)).join(', ');
	}

	#grouping(): string {
		const random = this.#random;
		if (random.chance(0.3)) return '';
		return ` ${random.pick(['by', 'without'])} (${this.#labels()})`;
	}

	#aggregation(depth: number): string {
		const random = this.#random;
		const group = this.#grouping();
		const inner = this.vector(depth - 1);
		return random.pick([
			() => `${random.pick(FOLDS)}${group} (${inner})`,
			() => `${random.pick(FOLDS)}${group} (${inner})`,
			() => `${random.pick(FOLDS)}${group} (${inner})`,
			() => `${random.pick(FOLDS)}(${inner})${group}`,
			() => `quantile${group} (${this.#share()}, ${inner})`,
			// Ties are cut as the storage's order has it, so ranks are taken of values that have hardly any.
			() => `${random.pick(['topk', 'bottomk'])}${group} (${random.pick(['1', '2', '3', '0', '5'])}, load)`,
			() =>
				`count_values${group} ("value", ${random.pick(['level', 'requests_total', 'sum by (job) (level)', 'odd'])})`,
			() => `limitk${group} (${random.pick(['1', '2'])}, ${this.selector()})`,
			() => `limit_ratio${group} (${random.pick(['0.5', '-0.5', '0.1', '1.5'])}, ${this.selector()})`,
		])();
	}

	#matching(): string {
		const labels = this.#labels();
		const fixed = ['', '', ' on (job)', ' on (job, code)', ' ignoring (code)'];
		return this.#random.pick([...fixed, ` on (${labels})`, ` ignoring (${labels})`]);
	}

	#binary(depth: number): string {
		const random = this.#random;
		const left = this.#operand(depth - 1);
		const right = this.#operand(depth - 1);
		const bool = random.chance(0.4) ? ' bool' : '';
		const matching = this.#matching();
		const grouped =
			matching === ''
				? ''
				: random.pick(['', ' group_left', ' group_right', ' group_left (zone)', ' group_right (code)']);
		return random.pick([
			() => `${left} ${random.pick(ARITHMETIC)}${matching}${grouped} ${right}`,
			() => `${left} ${random.pick(COMPARISON)}${bool}${matching}${grouped} ${right}`,
			() => `${left} ${random.pick(['and', 'or', 'unless'])}${matching} ${right}`,
			() => `${left} ${random.pick(ARITHMETIC)} ${this.scalar(1)}`,
			() => `${this.scalar(1)} ${random.pick(ARITHMETIC)} ${right}`,
			() => `${left} ${random.pick(COMPARISON)}${bool} ${this.scalar(1)}`,
			() => `${this.scalar(1)} ${random.pick(COMPARISON)}${bool} ${right}`,
			() => `requests_total ${random.pick([...ARITHMETIC, ...COMPARISON])} on (job) group_left (zone) limit`,
			() => `sum by (job) (requests_total) ${random.pick(ARITHMETIC)} ignoring (zone) limit`,
			() => `${left} ${random.pick(['</', '>/'])} ${right}`,
			() =>
				`requests_total ${random.pick([...ARITHMETIC, ...COMPARISON])} fill${random.pick(['', '_left', '_right'])} (${random.pick(['0', '1', '-2.5'])}) errors_total`,
		])();
	}

	/** A vector of native histograms, if anything. */
	#histograms(depth: number): string {
		const random = this.#random;
		const name = random.pick(HISTOGRAMS);
		const range = `${name}${this.#matchers()}[${random.pick(DURATIONS)}]${this.#modifiers()}`;
		const inner = () => (depth > 0 ? this.#histograms(depth - 1) : `${name}${this.#matchers()}`);
		return random.pick([
			() => `${name}${this.#matchers()}${this.#modifiers()}`,
			() => `${random.pick(['rate', 'rate', 'increase', 'delta', 'irate', 'idelta'])}(${range})`,
			() =>
				`${random.pick(['sum_over_time', 'avg_over_time', 'last_over_time', 'first_over_time'])}(${range})`,
			() =>
				`${random.pick(['rate', 'increase', 'sum_over_time'])}((${inner()})[${random.pick(DURATIONS)}:30s])`,
			() => `${random.pick(['sum', 'avg'])}${this.#grouping()} (${inner()})`,
			() => `${random.pick(['sum', 'avg'])} by (job) (${inner()})`,
			() => `(${inner()} ${random.pick(['*', '/', '</', '>/', '</', '>/'])} ${this.scalar(1)})`,
			() => `(${this.scalar(0)} * ${inner()})`,
			() => `(${inner()} ${random.pick(['+', '-', '==', '!='])}${this.#matching()} ${inner()})`,
			() => `-${inner()}`,
			() => `${name} smoothed`,
			() =>
				`${random.pick(['rate', 'increase', 'delta'])}(${name}${this.#matchers()}[${random.pick(DURATIONS)}] ${random.pick(['anchored', 'smoothed'])})`,
		])();
	}

	#histogramEstimate(): string {
		const random = this.#random;
		const inner = this.#histograms(1);
		const low = random.pick(['-Inf', '-1', '0', '0.3', '1']);
		const high = random.pick(['Inf', '0', '0.5', '1', '3', '100']);
		return random.pick([
			() => `histogram_quantile(${this.#share()}, ${inner})`,
			() => `histogram_quantile(${random.pick(['0.1', '0.4', '0.6', '0.95'])}, ${inner})`,
			() => `histogram_fraction(${low}, ${high}, ${inner})`,
			() => `histogram_quantiles(${inner}, "q", 0.2, ${random.pick(['0.9', '0', '1', '0.33'])})`,
		])();
	}

	#histogram(depth: number): string {
		const random = this.#random;
		const inner = this.#histograms(Math.min(2, depth));
		return random.pick([
			() => inner,
			() => inner,
			() => `histogram_${random.pick(['count', 'sum', 'avg', 'stddev', 'stdvar'])}(${inner})`,
			() => `histogram_${random.pick(['count', 'sum', 'avg'])}(${inner})`,
			() => `${random.pick(FOLDS)}${this.#grouping()} (${inner})`,
			() => `count_values("value", ${inner})`,
			() =>
				`${random.pick(['resets', 'changes', 'count_over_time', 'max_over_time', 'ts_of_last_over_time'])}(motley[${random.pick(DURATIONS)}])`,
			() =>
				`(${inner} ${random.pick([...ARITHMETIC, ...COMPARISON, '^'])}${random.chance(0.2) ? ' on (job)' : ''} ${this.#operand(1)})`,
			() => `histogram_quantile(0.5, latency_bucket)`,
			() => `limitk(2, ${random.pick(HISTOGRAMS)})`,
			() => `topk(2, ${inner})`,
		])();
	}

	#other(depth: number): string {
		const random = this.#random;
		const inner = this.vector(depth - 1);
		return random.pick([
			() => `clamp(${inner}, ${this.scalar(1)}, ${this.scalar(1)})`,
			() => `clamp_min(${inner}, ${this.scalar(1)})`,
			() => `clamp_max(${inner}, ${this.scalar(1)})`,
			() => `round(${inner}, ${random.pick(['1', '0.1', '10', '0.25', '0'])})`,
			() => `vector(${this.scalar(1)})`,
			() => `absent(${inner})`,
			() => `absent(none{job="api",code=~"x",zone="a",zone="b"})`,
			() => `${random.pick(CALENDAR)}(${random.pick(['', 'when', 'timestamp(load)', 'vector(time())'])})`,
			() =>
				`label_replace(${inner}, "${random.pick(['new', 'job', '__name__', 'code'])}", "${random.pick(['$1', 'x-$' + '{1}', '', '$2y', '$$', '$name', 'a'])}", "${random.pick(['job', 'code', 'none'])}", "${random.pick(['(.*)', '(a)(.*)', '(?P<name>.)..', '', '.*', '[ab]+(p|b)i?'])}")`,
			() =>
				`label_join(${inner}, "${random.pick(['new', 'job', '__name__'])}", "${random.pick(['-', '', ','])}", "job", "code")`,
			() =>
				`histogram_quantile(${this.#share()}, ${random.pick(['latency_bucket', 'rate(latency_bucket[5m])', 'sum by (le) (latency_bucket)', 'sum by (le, job) (increase(latency_bucket[2m]))', inner])})`,
			() =>
				`histogram_fraction(${this.scalar(0)}, ${random.pick(['0.5', '1', '2', '10', 'Inf'])}, ${random.pick(['latency_bucket', 'rate(latency_bucket[5m])', inner])})`,
			// Of two buckets with one bound Prometheus makes one for the first quantile, and gets the others wrong.
			() =>
				`histogram_quantiles(latency_bucket{le!="1e-1"}, "q", 0.5, ${random.pick(['0.9', '0', '1', '-1', '2', '0.33'])})`,
			() =>
				`${random.pick(['histogram_count', 'histogram_sum', 'histogram_avg', 'histogram_stddev'])}(${inner})`,
			() => `sort_by_label${random.pick(['', '_desc'])}(${inner}, "instance", "job")`,
			() => `info(${random.pick(['load', 'requests_total', 'rate(load[2m])', this.selector(), inner])})`,
			() =>
				`info(${random.pick(['load', 'requests_total', inner])}, {${random.pick(['version=~".+"', '__name__="build_info"', '__name__=~".+_info"', 'version="v1", branch=""', 'branch!="next", __name__!="x"'])}})`,
			() => `vector(${random.pick(['max_of', 'min_of'])}(${this.scalar(1)}, ${this.scalar(1)}))`,
			() => `vector(${random.pick(['start()', 'end()', 'range()', 'step()'])}) + ${inner}`,
		])();
	}
}
