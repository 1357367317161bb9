import type { Span } from '../parser/parse-error.ts';
import { placeOf } from '../parser/parse-error.ts';

/** What a query's answer should be read with: warnings and infos, each once, in Prometheus's words. */
export class Annotations {
	readonly #query: string;
	readonly #warnings = new Map<string, Annotation>();
	readonly #infos = new Map<string, Annotation>();

	constructor(query: string) {
		this.#query = query;
	}

	warn(text: string, span: Span): void {
		add(this.#warnings, { text: `PromQL warning: ${text}`, span });
	}

	inform(text: string, span: Span, monotonicity?: Monotonicity): void {
		add(this.#infos, { text: `PromQL info: ${text}`, span, ...(monotonicity && { monotonicity }) });
	}

	get warnings(): string[] {
		return this.#texts(this.#warnings);
	}

	get infos(): string[] {
		return this.#texts(this.#infos);
	}

	#texts(of: Map<string, Annotation>): string[] {
		return [...of.values()].map(({ text, span, monotonicity }) => {
			const { line, column } = placeOf(this.#query, span.start);
			return `${text}${monotonicity ? monotonicity.text() : ''} (${line}:${column})`;
		});
	}
}

interface Annotation {
	text: string;
	span: Span;
	monotonicity?: Monotonicity;
}

/** Details of many samples that are summed up in one annotation. */
export interface Monotonicity {
	merge(other: Monotonicity): void;
	text(): string;
}

/** The place is no part of what makes an annotation new: the last one's counts. */
function add(to: Map<string, Annotation>, annotation: Annotation): void {
	const known = to.get(annotation.text);
	if (known?.monotonicity && annotation.monotonicity) known.monotonicity.merge(annotation.monotonicity);
	else to.set(annotation.text, annotation);
}
