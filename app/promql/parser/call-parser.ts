import { FUNCTIONS } from '../functions/signatures.ts';
import { type Aggregation, type Expression, hasParameter } from './ast.ts';
import { parseGroupingLabels } from './matching-parser.ts';
import type { Span } from './parse-error.ts';
import { parseSelector } from './selector-parser.ts';
import { type AggregationName, startsOperand } from './token.ts';
import type { TokenStream } from './token-stream.ts';

/** Keywords that can also be the name of a function. */
const CALLABLE: ReadonlySet<string> = new Set([
	...['identifier', 'start', 'end', 'step', 'range', 'max_of', 'min_of'],
]);
const EXPERIMENTAL: ReadonlySet<string> = new Set(['limitk', 'limit_ratio']);

interface Modifier {
	grouping: string[];
	without: boolean;
}

/** What begins with a name: calls, aggregations, and selectors when it is neither. */
export class CallParser {
	readonly #tokens: TokenStream;
	readonly #experimental: boolean;
	readonly #expression: () => Expression;

	/** `expression` parses an argument. */
	constructor(tokens: TokenStream, experimental: boolean, expression: () => Expression) {
		this.#tokens = tokens;
		this.#experimental = experimental;
		this.#expression = expression;
	}

	callOrName(): Expression {
		const tokens = this.#tokens;
		const token = tokens.take();
		if (!tokens.is('(') || !CALLABLE.has(token.kind)) return parseSelector(tokens, token);
		const args = this.#arguments();
		const name = JSON.stringify(token.text);
		const known = FUNCTIONS.get(token.text);
		if (!known) tokens.report(token, `unknown function with name ${name}`);
		if (known?.experimental && !this.#experimental) tokens.report(token, `function ${name} is not enabled`);
		const none = { name: token.text, args: [], variadic: -1, returns: 'none', experimental: false } as const;
		const span = { start: token.start, end: tokens.lastClosing };
		return tokens.made({ kind: 'call', fn: known ?? none, args, span }, ...args);
	}

	aggregationOrName(): Expression {
		const tokens = this.#tokens;
		const token = tokens.take();
		// The name of an aggregation alone is the name of a metric.
		if (!tokens.is('(', 'by', 'without')) return parseSelector(tokens, token);
		const op = token.kind as AggregationName;
		const before = this.#modifier();
		const args = tokens.within('aggregation', '', () => this.#arguments());
		const modifier = before ?? this.#modifier() ?? { grouping: [], without: false };
		return this.#aggregation(op, args, modifier, { start: token.start, end: tokens.lastClosing });
	}

	#modifier(): Modifier | undefined {
		const tokens = this.#tokens;
		if (!tokens.is('by', 'without')) return undefined;
		const without = tokens.take().kind === 'without';
		return { grouping: parseGroupingLabels(tokens), without };
	}

	#aggregation(op: AggregationName, args: Expression[], modifier: Modifier, span: Span): Expression {
		const tokens = this.#tokens;
		const wanted = hasParameter(op) ? 2 : 1;
		if (args.length === 0) {
			tokens.report(span, 'no arguments for aggregate expression provided');
		} else if (EXPERIMENTAL.has(op) && !this.#experimental) {
			const flag = '--enable-feature=promql-experimental-functions';
			tokens.report(span, `${op}() is experimental and must be enabled with ${flag}`);
		} else if (args.length !== wanted) {
			const counts = `expected ${wanted}, got ${args.length}`;
			tokens.report(span, `wrong number of arguments for aggregate expression provided, ${counts}`);
		}
		// After an error the tree is never used, it only has to hold together.
		const inner = args[wanted - 1] ?? args[0] ?? { kind: 'number', value: 0, duration: false, span };
		const aggregation: Aggregation = { kind: 'aggregation', op, inner, ...modifier, span };
		if (wanted === 2 && args[0]) aggregation.parameter = args[0];
		return tokens.made(aggregation, ...args);
	}

	#arguments(): Expression[] {
		const tokens = this.#tokens;
		tokens.expect('(');
		const args: Expression[] = [];
		if (!tokens.is(')')) args.push(this.#expression());
		while (tokens.is(',')) {
			const comma = tokens.take();
			if (startsOperand(tokens.token.kind)) {
				args.push(this.#expression());
				continue;
			}
			tokens.failOnLexerError();
			tokens.report(comma, 'trailing commas not allowed in function call args');
		}
		tokens.expect(')');
		return args;
	}
}
