import { quoteString } from './quote.ts';

/** Keywords that name an aggregation. */
export const AGGREGATIONS = [
	'sum',
	'avg',
	'count',
	'min',
	'max',
	'group',
	'stddev',
	'stdvar',
	'topk',
	'bottomk',
	'count_values',
	'quantile',
	'limitk',
	'limit_ratio',
] as const;
export type AggregationName = (typeof AGGREGATIONS)[number];

export const OPERATORS = [
	'+',
	'-',
	'*',
	'/',
	'%',
	'^',
	'atan2',
	'==',
	'!=',
	'<',
	'<=',
	'>',
	'>=',
	'</',
	'>/',
	'and',
	'or',
	'unless',
] as const;
export type OperatorName = (typeof OPERATORS)[number];

const WORD_OPERATORS = ['and', 'or', 'unless', 'atan2'] as const;
const MODIFIERS = [
	'offset',
	'smoothed',
	'anchored',
	'by',
	'without',
	'on',
	'ignoring',
	'group_left',
	'group_right',
	'fill',
	'fill_left',
	'fill_right',
	'bool',
] as const;
/** Words that also stand in durations. */
export const DURATION_WORDS = ['step', 'range', 'max_of', 'min_of'] as const;
const PLACES = ['start', 'end', ...DURATION_WORDS] as const;

/** A keyword's kind is the keyword itself, in small letters; that of a sign is the sign. */
export type TokenKind = string;

export interface Token {
	kind: TokenKind;
	/** As written. */
	text: string;
	start: number;
	end: number;
}

export const KEYWORDS: ReadonlySet<string> = new Set([
	...WORD_OPERATORS,
	...AGGREGATIONS,
	...MODIFIERS,
	...PLACES,
]);

const METRIC_NAME_EXCEPTIONS = new Set(['bool', 'on', 'ignoring', 'group_left', 'group_right', 'atan2']);
/** Kinds of tokens that can be the name of a metric. */
export const METRIC_NAMES: ReadonlySet<string> = new Set([
	'identifier',
	'metric identifier',
	...[...KEYWORDS].filter((word) => !METRIC_NAME_EXCEPTIONS.has(word)),
]);

/** Kinds of tokens that can be a label in `by (...)`, `on (...)` and the like. */
export const LABEL_NAMES: ReadonlySet<string> = new Set([
	'identifier',
	'metric identifier',
	...[...KEYWORDS].filter((word) => word !== 'without'),
]);

/** Keywords of values that stand in for missing series. */
export const FILLS: ReadonlySet<string> = new Set(['fill', 'fill_left', 'fill_right']);

const OPERAND_STARTS: ReadonlySet<string> = new Set(['number', 'duration', 'string', '{', '(', '+', '-']);

/** Whether an operand can begin with a token of this kind. */
export function startsOperand(kind: TokenKind): boolean {
	return METRIC_NAMES.has(kind) || OPERAND_STARTS.has(kind);
}

const aggregations: ReadonlySet<string> = new Set(AGGREGATIONS);
const operators: ReadonlySet<string> = new Set([...OPERATORS, '=~', '!~', '@']);
const modifiers: ReadonlySet<string> = new Set(MODIFIERS);
const SIGNS: ReadonlySet<string> = new Set(['(', ')', '{', '}', '[', ']', ',', '=', ':']);

/** The token in the words of an error message. */
export function describeToken({ kind, text }: Token): string {
	if (kind === 'eof') return 'end of input';
	if (modifiers.has(kind)) return `<${text}>`;
	if (operators.has(kind)) return `<op:${text}>`;
	if (aggregations.has(kind)) return `<aggr:${text}>`;
	const named = kind === 'identifier' || kind === 'metric identifier';
	const long = !named && new TextEncoder().encode(text).length > 10;
	const shown = long ? `${quoteString([...text].slice(0, 10).join(''))}...` : quoteString(text);
	return SIGNS.has(kind) || KEYWORDS.has(kind) ? shown : `${kind} ${shown}`;
}
