import { childrenOf, type Expression, typeOf } from '../parser/ast.ts';
import { milliseconds } from './duration-units.ts';

/** The time that a vector is about: `at` if it is fixed, and how far before it or the step, ms. */
export interface Reference {
	at?: number;
	offset: number;
}

/** The one time that all selectors of a prepared expression are about; undefined when they differ or there are none. */
export function referenceOf(e: Expression): Reference | undefined {
	const found: Reference[] = [];
	const settled = collect(e, [], found);
	const [first, ...rest] = found;
	return settled && first && rest.every((r) => same(first, r)) ? first : undefined;
}

function same(a: Reference, b: Reference): boolean {
	if (a.at === undefined || b.at === undefined) return a.at === b.at && a.offset === b.offset;
	return a.at - a.offset === b.at - b.offset;
}

type Subqueries = (Expression & { kind: 'subquery' })[];

/** False where a vector comes without a selector, so that it is about the time of the step. */
function collect(e: Expression, subqueries: Subqueries, to: Reference[]): boolean {
	const type = typeOf(e);
	if (type !== 'vector' && type !== 'matrix') return true;
	if (e.kind === 'selector') {
		to.push(shifted(e, subqueries));
		return true;
	}
	const inside = e.kind === 'subquery' ? [...subqueries, e] : subqueries;
	// The labels of info() select nothing.
	const children = e.kind === 'call' && e.fn.name === 'info' ? [e.args[0]!] : childrenOf(e);
	const before = to.length;
	const settled = children.map((child) => collect(child, inside, to)).every(Boolean);
	return settled && to.length > before;
}

/** Offsets of subqueries around a selector add up, until a time is fixed. */
function shifted(selector: Expression & { kind: 'selector' }, subqueries: Subqueries): Reference {
	let { at } = selector;
	let offset = milliseconds(selector.offset);
	for (let i = subqueries.length - 1; i >= 0 && at === undefined; i--) {
		const subquery = subqueries[i]!;
		offset += milliseconds(subquery.offset);
		at = subquery.at;
	}
	return at === undefined ? { offset } : { at, offset };
}
