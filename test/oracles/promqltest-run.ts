import { Engine, type QueryResult } from '../../app/promql/engine.ts';
import { QueryError } from '../../app/promql/errors.ts';
import { compareLabels, signatureOf } from '../../app/promql/labels/label-set.ts';
import type { MemorySource } from '../../app/promql/memory-source.ts';
import { ParseError } from '../../app/promql/parser/parse-error.ts';
import { METRIC_NAME } from '../../app/telemetry/labels.ts';
import { sourceOf } from './promql-compare.ts';
import type { WireNumber, WireSeries } from './promql-data.ts';
import type { Command, Evaluation, Load, SequenceValue } from './promqltest-file.ts';

export interface Outcome {
	passed: number;
	/** Evaluations left out, by why. */
	skipped: Map<string, number>;
	/** What came out otherwise, in words. */
	failed: string[];
}

/** Prometheus's own bound for these files. */
const EPSILON = 1e-6;

/** Runs a file's commands against our engine. Native histograms are left out. */
export async function runTestFile(commands: readonly Command[]): Promise<Outcome> {
	const outcome: Outcome = { passed: 0, skipped: new Map(), failed: [] };
	const storage = new Storage();
	for (const command of commands) {
		if (command.kind === 'clear') storage.clear();
		else if (command.kind === 'load') storage.load(command);
		else {
			const why = storage.whySkip(command);
			if (why !== undefined) {
				outcome.skipped.set(why, (outcome.skipped.get(why) ?? 0) + 1);
				continue;
			}
			const wrong = await evaluate(command, storage.source());
			if (wrong === undefined) outcome.passed++;
			else outcome.failed.push(`line ${command.line}: ${command.query}\n  ${wrong}`);
		}
	}
	return outcome;
}

class Storage {
	readonly #series = new Map<string, WireSeries>();
	readonly #histograms = new Set<string>();

	clear(): void {
		this.#series.clear();
		this.#histograms.clear();
	}

	load({ step, withNative, series }: Load): void {
		for (const { labels, values, histograms } of series) {
			const name = labels[METRIC_NAME] ?? '';
			if (histograms) this.#histograms.add(name);
			if (withNative && name.endsWith('_bucket')) this.#histograms.add(name.replace(/_bucket$/, ''));
			const key = signatureOf(labels);
			const known = this.#series.get(key) ?? { labels, times: [], values: [] };
			const samples = new Map(known.times.map((t, i) => [t, known.values[i]!]));
			for (const [i, value] of values.entries()) if (value !== undefined) samples.set(i * step, wire(value));
			const times = [...samples.keys()].sort((a, b) => a - b);
			this.#series.set(key, { labels, times, values: times.map((t) => samples.get(t)!) });
		}
	}

	source(): MemorySource {
		return sourceOf([...this.#series.values()].sort((a, b) => compareLabels(a.labels, b.labels)));
	}

	/** Why an evaluation is nothing for an engine of floats. */
	whySkip({ query, series }: Evaluation): string | undefined {
		if (/start_timestamp/.test(query)) return 'start timestamps';
		if (series.some((s) => s.histograms)) return 'native histograms';
		const words = new Set(query.match(/[A-Za-z_:][\w:]*/g) ?? []);
		for (const name of this.#histograms) if (words.has(name)) return 'native histograms';
		if (this.#histograms.size > 0 && /__name__|\{[^}]*"/.test(query) && !/^\w+\{/.test(query))
			return 'native histograms';
		return undefined;
	}
}

function wire(value: Exclude<SequenceValue, undefined>): WireNumber {
	if (value === 'stale') return value;
	if (Number.isNaN(value)) return 'NaN';
	if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
	return value;
}

async function evaluate(e: Evaluation, source: MemorySource): Promise<string | undefined> {
	const engine = new Engine({ experimentalFunctions: true, fillModifiers: true, delayedNameRemoval: true });
	const fails = e.expectations.find(({ what }) => what === 'fail');
	let result: QueryResult;
	try {
		result =
			e.step === 0 ? await engine.instant(source, e.query, e.start) : await engine.range(source, e.query, e);
	} catch (error) {
		if (!(error instanceof ParseError || error instanceof QueryError)) throw error;
		if (!fails) return `failed: ${error.message}`;
		return fits(fails.match, [error.message], true) ? undefined : `another error: ${error.message}`;
	}
	if (fails) return 'no error';
	return annotationsWrong(e, result) ?? resultWrong(e, result);
}

function fits(match: string | RegExp | undefined, texts: string[], part = false): boolean {
	if (match === undefined) return texts.length > 0;
	if (typeof match !== 'string') return texts.some((text) => match.test(text));
	return texts.some((text) => text === match || (part && text.includes(match)));
}

function annotationsWrong(
	{ expectations }: Evaluation,
	{ warnings, infos }: QueryResult,
): string | undefined {
	for (const { what, match } of expectations) {
		const texts = what.endsWith('warn') ? warnings : infos;
		const wanted = !what.startsWith('no_');
		if (fits(match, texts) !== wanted) return `expected ${what} ${match ?? ''}, got ${JSON.stringify(texts)}`;
	}
	return undefined;
}

function resultWrong(e: Evaluation, result: QueryResult): string | undefined {
	if (result.type === 'string') return result.value === e.string ? undefined : `string ${result.value}`;
	if (result.type === 'scalar') return close(result.value, e.scalar) ? undefined : `scalar ${result.value}`;
	const { series, ends, timestamps, values } = result.series;
	const wanted = e.scalar === undefined ? e.series : [{ labels: {}, values: [e.scalar], histograms: false }];
	const full = wanted.filter((s) => s.values.some((v) => v !== undefined));
	if (full.length !== series.length)
		return `${series.length} series, not ${full.length}: ${JSON.stringify(series)}`;
	const times = e.matrix ?? { start: e.start, step: Math.max(1, e.step) };
	for (const [i, { labels, values: expected }] of full.entries()) {
		const at = e.ordered ? i : series.findIndex((l) => compareLabels(l, labels) === 0);
		if (at < 0 || compareLabels(series[at]!, labels) !== 0)
			return `no ${JSON.stringify(labels)} in ${JSON.stringify(series)}`;
		const first = at === 0 ? 0 : ends[at - 1]!;
		const found = new Map([...timestamps.subarray(first, ends[at])].map((t, j) => [t, values[first + j]!]));
		for (const [j, value] of expected.entries()) {
			const time = times.start + j * times.step;
			const ours = found.get(time);
			if (value === undefined ? ours !== undefined : ours === undefined || !close(ours, value)) {
				return `${JSON.stringify(labels)} at ${time}: ${ours}, not ${value}`;
			}
			found.delete(time);
		}
		if (found.size > 0) return `${JSON.stringify(labels)} has more: ${[...found.keys()]}`;
	}
	return undefined;
}

function close(x: number, y: SequenceValue): boolean {
	if (typeof y !== 'number') return false;
	if (x === y || (Number.isNaN(x) && Number.isNaN(y))) return true;
	return Math.abs(x - y) <= EPSILON * (Math.abs(x) + Math.abs(y));
}
