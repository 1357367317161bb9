import { type Clock, systemClock } from '../clock.ts';
import type { SeriesColumns } from '../telemetry/series.ts';
import { QueryError } from './errors.ts';
import { Annotations } from './evaluate/annotations.ts';
import { Budget, type Limits } from './evaluate/budget.ts';
import { Evaluator } from './evaluate/evaluator.ts';
import { prepare, type QueryTimes } from './evaluate/prepare.ts';
import { columnsOfVector } from './evaluate/range-columns.ts';
import { rangeOfSelector } from './evaluate/range-result.ts';
import { matrixOf, seriesOf, sortedByLabels, vectorOf } from './evaluate/result.ts';
import { readSelectors } from './evaluate/selection.ts';
import { selectorsOfStats } from './evaluate/stats-selectors.ts';
import { gridBetween } from './evaluate/vector.ts';
import { type Expression, typeName, typeOf } from './parser/ast.ts';
import { type ParserOptions, parseExpression } from './parser/parser.ts';
import type { SeriesSource } from './source.ts';

export interface EngineOptions extends ParserOptions, Partial<Limits> {
	/** How old a sample may be to still count, ms; 5 minutes. */
	lookback?: number;
	/** Step of subqueries that name none, ms; 1 minute. */
	defaultStep?: number;
	/** False for windows closed at both ends, as Prometheus 2 has them. */
	leftOpen?: boolean;
	/** Metric names go only at the end of a query; experimental in Prometheus. */
	delayedNameRemoval?: boolean;
	clock?: Clock;
}

/** What a query answers. A vector's series have one sample each, in the order that the query gave them. */
export type QueryAnswer =
	| { type: 'vector' | 'matrix'; series: SeriesColumns }
	| { type: 'scalar'; value: number }
	| { type: 'string'; value: string };

export type QueryResult = QueryAnswer & {
	/** What may be wrong with the answer, and what is worth knowing, in Prometheus's words. */
	warnings: string[];
	infos: string[];
};

const MINUTE = 60_000;
/** Prometheus's own limits, where it has them. */
const DEFAULT_LIMITS: Limits = { maxSamples: 50_000_000, maxSeries: 1_000_000, timeout: 2 * MINUTE };

/** PromQL over columns of samples. Throws ParseErrors and QueryErrors. */
export class Engine {
	readonly #options: EngineOptions;

	constructor(options: EngineOptions = {}) {
		this.#options = options;
	}

	/** At one time, ms. */
	async instant(
		source: SeriesSource,
		query: string,
		time: number,
		signal?: AbortSignal,
	): Promise<QueryResult> {
		const e = parseExpression(query, this.#options);
		return await this.#run(source, query, e, { start: time, end: time, step: 0 }, signal);
	}

	/** At `start`, `start + step` and so on up to `end`, ms. */
	async range(
		source: SeriesSource,
		query: string,
		times: QueryTimes,
		signal?: AbortSignal,
	): Promise<QueryResult> {
		if (!(times.step >= 1))
			throw new QueryError('bad_data', 'the step of a range query must be at least 1 ms');
		const e = parseExpression(query, this.#options);
		const type = typeOf(e);
		if (type !== 'vector' && type !== 'scalar') {
			const name = JSON.stringify(typeName(type));
			const message = `invalid expression type ${name} for range query, must be Scalar or instant Vector`;
			throw new QueryError('bad_data', message);
		}
		return await this.#run(source, query, e, times, signal);
	}

	async #run(
		source: SeriesSource,
		query: string,
		parsed: Expression,
		times: QueryTimes,
		signal?: AbortSignal,
	): Promise<QueryResult> {
		const { lookback = 5 * MINUTE, leftOpen = true, clock = systemClock } = this.#options;
		const budget = new Budget({ ...DEFAULT_LIMITS, ...defined(this.#options) }, clock, signal);
		const e = prepare(parsed, times, query);
		const windows = { lookback, leftOpen, defaultStep: this.#options.defaultStep ?? MINUTE };
		const selected = await readSelectors(source, e, times, windows, budget, signal);
		const annotations = new Annotations(query);
		const evaluation = {
			source,
			signal,
			selected,
			stats: selectorsOfStats(e),
			windows,
			delayedNames: this.#options.delayedNameRemoval ?? false,
			budget,
			annotations,
		};
		const grid = gridBetween(times.start, times.end, Math.max(1, times.step));
		const evaluator = new Evaluator(evaluation, grid);
		const result = await this.#evaluate(evaluator, e, times);
		// Answers are copies. What threw may still be at it.
		for (const columns of new Set(selected.values())) columns.release?.();
		return { ...result, warnings: annotations.warnings, infos: annotations.infos };
	}

	async #evaluate(evaluator: Evaluator, e: Expression, times: QueryTimes): Promise<QueryAnswer> {
		let inner = e;
		while (inner.kind === 'step-invariant' || inner.kind === 'parenthesis') inner = inner.inner;
		if (inner.kind === 'matrix' || inner.kind === 'subquery') return this.#matrix(evaluator, inner);
		const value = await evaluator.evaluate(e);
		if (value.kind === 'string') return { type: 'string', value: value.value };
		const instant = times.step === 0;
		if (!instant) return { type: 'matrix', series: matrixOf(value, evaluator) };
		if (value.kind === 'scalar') return { type: 'scalar', value: value.values[0]! };
		return { type: 'vector', series: vectorOf(value.vector, evaluator) };
	}

	/** A range vector of an instant query: samples as they are. */
	async #matrix(evaluator: Evaluator, e: Expression & { kind: 'matrix' | 'subquery' }): Promise<QueryAnswer> {
		if (e.kind === 'matrix') {
			return { type: 'matrix', series: sortedByLabels(seriesOf(rangeOfSelector(evaluator, e))) };
		}
		const { vector, grid } = await evaluator.subquery(e);
		return { type: 'matrix', series: sortedByLabels(seriesOf(columnsOfVector(vector, grid))) };
	}
}

/** The limits that are given. */
function defined({ maxSamples, maxSeries, timeout }: EngineOptions): Partial<Limits> {
	return {
		...(maxSamples !== undefined && { maxSamples }),
		...(maxSeries !== undefined && { maxSeries }),
		...(timeout !== undefined && { timeout }),
	};
}
