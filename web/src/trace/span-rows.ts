import type { SpanNode, SpanTree } from './span-tree.ts';

/** Siblings that do the same as often as this fold into one row. */
export const FOLD_FROM = 8;

/** One line of the waterfall: a span, or siblings that do the same. */
export interface SpanRow {
	/** Of the first span. */
	key: string;
	/** By start; more than one where siblings are folded. */
	members: SpanNode[];
	/** Children are hidden or could be. */
	state: 'leaf' | 'open' | 'closed';
}

export interface RowOptions {
	/** Fold siblings that do the same. */
	fold: boolean;
	/** Only spans of the critical path. */
	critical: boolean;
	/** Keys of rows that somebody closed, or, for folded siblings, opened. */
	toggled: ReadonlySet<string>;
}

/** The rows in view of the tree. The spans below folded siblings are not shown. */
export function spanRows({ nodes }: SpanTree, { fold, critical, toggled }: RowOptions): SpanRow[] {
	const rows: SpanRow[] = [];
	const shown = (node: SpanNode) => !critical || node.path.length > 0;
	const groupOf = ({ span }: SpanNode) => `${span.service}\n${span.name}\n${span.kind}`;
	const stack: SpanNode[][] = siblings(
		nodes.filter(({ parent }) => parent < 0),
		false,
	);
	/** Groups, last first. */
	function siblings(all: SpanNode[], folding: boolean): SpanNode[][] {
		const visible = all.filter(shown);
		if (!folding) return visible.map((node) => [node]).reverse();
		const groups = Map.groupBy(visible, groupOf);
		const done = new Set<string>();
		const found: SpanNode[][] = [];
		for (const node of visible) {
			const name = groupOf(node);
			const group = groups.get(name)!;
			if (group.length < FOLD_FROM || toggled.has(group[0]!.span.spanId)) found.push([node]);
			else if (!done.has(name)) {
				done.add(name);
				found.push(group);
			}
		}
		return found.reverse();
	}
	while (stack.length > 0) {
		const members = stack.pop()!;
		const [node] = members as [SpanNode];
		const key = node.span.spanId;
		const children = node.children.map((i) => nodes[i]!).filter(shown);
		const folded = members.length > 1;
		const closed = folded || (children.length > 0 && toggled.has(`-${key}`));
		rows.push({ key, members, state: folded || closed ? 'closed' : children.length > 0 ? 'open' : 'leaf' });
		if (!closed) stack.push(...siblings(children, fold));
	}
	return rows;
}

/** What a press on a row's arrow puts into, or takes out of, `toggled`. */
export function toggleKey({ key, members }: SpanRow): string {
	return members.length > 1 ? key : `-${key}`;
}

/** Whether a span says one of the words that somebody looks for: its name, service, kind, status or an attribute. */
export function spanMatches({ span }: SpanNode, text: string): boolean {
	const wanted = text.toLowerCase();
	const has = (value: string) => value.toLowerCase().includes(wanted);
	return (
		has(span.name) ||
		has(span.service) ||
		has(span.status.message) ||
		span.spanId === wanted ||
		Object.entries(span.attributes).some(([name, value]) => has(`${name}=${value}`))
	);
}
