import { parseDuration } from '../../app/promql/parser/duration.ts';
import { parseNumber } from '../../app/promql/parser/number.ts';
import { parseExpression } from '../../app/promql/parser/parser.ts';
import type { Labels } from '../../app/telemetry/labels.ts';
import { type DescribedHistogram, histogramSequence } from './promqltest-histogram.ts';

/** A value of a series in a test file; undefined where there is none. */
export type SequenceValue = number | DescribedHistogram | 'stale' | undefined;

export interface DescribedSeries {
	labels: Labels;
	values: SequenceValue[];
}

export interface Load {
	kind: 'load';
	/** ms */
	step: number;
	/** Classic histograms come as native ones too. */
	withNative: boolean;
	series: DescribedSeries[];
}

export interface Evaluation {
	kind: 'eval';
	line: number;
	query: string;
	/** ms; `step` is 0 for an instant. */
	start: number;
	end: number;
	step: number;
	ordered: boolean;
	/** What is expected of the errors and annotations, `warn`, `no_warn` and so on. */
	expectations: { what: string; match?: string | RegExp }[];
	string?: string;
	/** Times of a range vector, ms. */
	matrix?: { start: number; end: number; step: number };
	/** A number alone is a scalar. */
	scalar?: number;
	series: DescribedSeries[];
}

export type Command = { kind: 'clear' } | Load | Evaluation;

/** The commands of a file in the language of Prometheus's promqltest. */
export function parseTestFile(text: string): Command[] {
	const lines = text.split('\n').map((line) => (/^\s*#/.test(line) ? '' : line.trimEnd()));
	const commands: Command[] = [];
	for (let i = 0; i < lines.length; ) {
		const line = lines[i]!.trim();
		if (line === '') {
			i++;
			continue;
		}
		const first = i + 1;
		i = first;
		while (i < lines.length && lines[i] !== '' && !/^(eval|load|clear)/.test(lines[i]!)) i++;
		const block = lines.slice(first, i).map((l) => l.trim());
		if (line === 'clear') commands.push({ kind: 'clear' });
		else if (line.startsWith('load')) commands.push(loadOf(line, block));
		else commands.push(evaluationOf(line, block, first));
	}
	return commands;
}

function loadOf(line: string, block: string[]): Load {
	const match = /^load(_with_nhcb)?\s+(.+)$/.exec(line)!;
	const series = block.map(parseSeries);
	return { kind: 'load', step: durationOf(match[2]!), withNative: match[1] !== undefined, series };
}

function durationOf(text: string): number {
	const seconds = parseNumber(text) ?? parseDuration(text);
	if (typeof seconds === 'string') throw new Error(`${text}: ${seconds}`);
	return seconds * 1000;
}

function evaluationOf(line: string, block: string[], number: number): Evaluation {
	const instant = /^eval(?:_(\w+))?\s+instant\s+(?:at\s+(\S+)\s+)?(.+)$/.exec(line);
	const range = /^eval(?:_(\w+))?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+(.+)$/.exec(line);
	if (!instant && !range) throw new Error(`no command: ${line}`);
	const start = durationOf((instant?.[2] ?? range?.[2]) || '0');
	const evaluation: Evaluation = {
		kind: 'eval',
		line: number,
		query: (instant?.[3] ?? range?.[5])!,
		start,
		end: range ? durationOf(range[3]!) : start,
		step: range ? durationOf(range[4]!) : 0,
		ordered: false,
		expectations: [],
		series: [],
	};
	const suffix = instant?.[1] ?? range?.[1];
	if (suffix === 'ordered') evaluation.ordered = true;
	else if (suffix) evaluation.expectations.push({ what: suffix });
	for (const expected of block) addExpected(evaluation, expected);
	return evaluation;
}

function addExpected(to: Evaluation, line: string): void {
	const expectation = /^expect\s+(\w+)(?:\s+(regex|msg):(.*)|\s+(.*))?$/.exec(line);
	if (expectation) {
		const [, what, kind, pattern, rest] = expectation as unknown as string[];
		if (what === 'ordered') to.ordered = true;
		else if (what === 'string') to.string = stringOf(rest!);
		else if (what === 'range') {
			const times = /from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)/.exec(line)!;
			to.matrix = { start: durationOf(times[1]!), end: durationOf(times[2]!), step: durationOf(times[3]!) };
		} else {
			const match = kind === 'regex' ? new RegExp(pattern!.trim()) : pattern?.trim();
			to.expectations.push({ what: what!, ...(match !== undefined && { match }) });
		}
		return;
	}
	if (/^expected_fail/.test(line)) return;
	const number = parseNumber(line.replace(/^[+-]/, ''));
	if (number !== undefined) to.scalar = line.startsWith('-') ? -number : number;
	else to.series.push(parseSeries(line));
}

function stringOf(text: string): string {
	const e = parseExpression(text);
	if (e.kind !== 'string') throw new Error(`no string: ${text}`);
	return e.value;
}

/** `name{label="value"} 0+1x5 _ stale`: labels and values. */
export function parseSeries(line: string): DescribedSeries {
	const end = endOfLabels(line);
	const values = line.slice(end).trim();
	const labels = labelsOf(line.slice(0, end).trim());
	const words = values.match(/\{\{.*?\}\}(?:[+-]\{\{.*?\}\})?(?:x[0-9]+)?|\S+/g) ?? [];
	return { labels, values: words.flatMap(sequenceOf) };
}

function endOfLabels(line: string): number {
	const open = /^[^\s{]*\{(?!\{)/.exec(line)?.[0].length;
	if (open === undefined) return /^\S*/.exec(line)![0].length;
	for (let i = open, quote = ''; i < line.length; i++) {
		const char = line[i]!;
		if (quote !== '') {
			if (char === '\\' && quote !== '`') i++;
			else if (char === quote) quote = '';
		} else if (char === '"' || char === "'" || char === '`') quote = char;
		else if (char === '}') return i + 1;
	}
	throw new Error(`no end of labels: ${line}`);
}

function labelsOf(text: string): Labels {
	if (/^\{\s*\}$/.test(text)) return {};
	const e = parseExpression(text.startsWith('{') ? text.replace('{', '{never="given",') : text);
	if (e.kind !== 'selector') throw new Error(`no labels: ${text}`);
	const pairs = e.matchers.filter((m) => m.name !== 'never' && m.value !== '').map((m) => [m.name, m.value]);
	return Object.fromEntries(pairs) as Labels;
}

const NUMBER = '[+-]?(?:[0-9][0-9_.]*(?:[eE][+-]?[0-9]+)?|\\.[0-9]+|[Ii]nf|[Nn]a[Nn])';

/** `1+2x3`, `1x3`, `_x3`, `stale` */
function sequenceOf(text: string): SequenceValue[] {
	if (text === 'stale') return ['stale'];
	if (text.startsWith('{{')) return histogramSequence(text);
	const gap = /^_(?:x([0-9]+))?$/.exec(text);
	if (gap) return new Array<undefined>(Number(gap[1] ?? 1)).fill(undefined);
	const match = new RegExp(`^(${NUMBER})(?:([+-])(${NUMBER.replace('[+-]?', '')}))?(?:x([0-9]+))?$`).exec(
		text,
	);
	if (!match) throw new Error(`no values: ${text}`);
	const first = signed(match[1]!);
	if (match[4] === undefined) return [first];
	const more = match[3] === undefined ? 0 : signed(match[3]) * (match[2] === '-' ? -1 : 1);
	const out: number[] = [];
	for (let i = 0, value = first; i <= Number(match[4]); i++, value += more) out.push(value);
	return out;
}

function signed(text: string): number {
	const value = parseNumber(text.replace(/^[+-]/, ''));
	if (value === undefined) throw new Error(`no number: ${text}`);
	return text.startsWith('-') ? -value : value;
}
