import type { Span } from '../api/trace-types.ts';

/** A span at its place in the trace. Times are ms since the trace began. */
export interface SpanNode {
	span: Span;
	/** Index among all nodes, in the order of the tree. */
	index: number;
	/** Index of the parent; -1 for a root. */
	parent: number;
	depth: number;
	/** Indices, by start. */
	children: number[];
	start: number;
	end: number;
	/** Not covered by children. */
	self: number;
	/** It names a parent that is not here: not sent, not kept, or not yet come. */
	orphan: boolean;
	/** Pieces of the critical path, ascending: while they ran, nothing else of the trace was waited for. */
	path: [from: number, to: number][];
}

export interface SpanTree {
	/** Parents before their children, siblings by start. */
	nodes: SpanNode[];
	/** Of the whole trace, ms. */
	duration: number;
	/** ms since the epoch. */
	start: number;
}

/**
 * Puts spans under their parents. A parent that is missing makes a root, and so does a span that would be its own
 * ancestor. Clocks of machines differ: a child may begin before its parent, and keeps its times.
 */
export function buildTree(spans: readonly Span[]): SpanTree {
	const byId = new Map(spans.map((span, i) => [span.spanId, i]));
	const begin = spans.reduce(
		(least, { startNs }) => {
			const ns = BigInt(startNs);
			return least === null || ns < least ? ns : least;
		},
		null as bigint | null,
	);
	const starts = spans.map(({ startNs }) => Number(BigInt(startNs) - (begin ?? 0n)) / 1e6);
	const children = spans.map((): number[] => []);
	const roots: number[] = [];
	const order = spans.map((_, i) => i).sort((a, b) => starts[a]! - starts[b]!);
	for (const i of order) {
		const parent = byId.get(spans[i]!.parentSpanId);
		if (parent === undefined || parent === i) roots.push(i);
		else children[parent]!.push(i);
	}
	const nodes: SpanNode[] = [];
	const seen = new Uint8Array(spans.length);
	const walk = (root: number) => {
		// A stack, since ten thousand spans may stand under each other.
		const stack: [which: number, parent: number][] = [[root, -1]];
		while (stack.length > 0) {
			const [i, parent] = stack.pop()!;
			if (seen[i]) continue;
			seen[i] = 1;
			const span = spans[i]!;
			const index = nodes.length;
			const start = starts[i]!;
			const depth = parent < 0 ? 0 : nodes[parent]!.depth + 1;
			const end = start + Number(span.durationNs) / 1e6;
			const orphan = parent < 0 && span.parentSpanId !== '';
			nodes.push({ span, index, parent, depth, children: [], start, end, self: 0, orphan, path: [] });
			if (parent >= 0) nodes[parent]!.children.push(index);
			for (const child of children[i]!.toReversed()) stack.push([child, index]);
		}
	};
	for (const root of roots) walk(root);
	// What is left are circles.
	for (const i of order) if (!seen[i]) walk(i);
	for (const node of nodes) node.self = selfTime(node, nodes);
	const tree = {
		nodes,
		start: Number((begin ?? 0n) / 1_000_000n),
		duration: nodes.reduce((most, { end }) => Math.max(most, end), 0),
	};
	markCriticalPath(nodes);
	return tree;
}

function selfTime(node: SpanNode, nodes: readonly SpanNode[]): number {
	let covered = 0;
	let reached = node.start;
	for (const child of node.children) {
		const from = Math.max(reached, nodes[child]!.start);
		const to = Math.min(node.end, nodes[child]!.end);
		if (to > from) covered += to - from;
		reached = Math.max(reached, Math.min(node.end, nodes[child]!.end));
	}
	return node.end - node.start - covered;
}

/** From the end of the longest root backwards: whatever ended last was what everything waited for. */
function markCriticalPath(nodes: readonly SpanNode[]): void {
	let root: SpanNode | undefined;
	for (const node of nodes)
		if (node.parent < 0 && (!root || node.end - node.start > root.end - root.start)) root = node;
	if (!root) return;
	interface Step {
		node: SpanNode;
		/** Children by end; the next to look at is the last. */
		rest: SpanNode[];
		at: number;
	}
	const byEnd = (node: SpanNode) => node.children.map((i) => nodes[i]!).sort((a, b) => a.end - b.end);
	const open = (node: SpanNode, until: number): Step => ({ node, rest: byEnd(node), at: until });
	const stack = [open(root, root.end)];
	while (stack.length > 0) {
		const step = stack.at(-1)!;
		const child = step.rest.pop();
		if (child && step.at > step.node.start) {
			const end = Math.min(child.end, step.at);
			// Ran beside a later one, or outside its parent.
			if (child.end > step.at + 1e-9 || child.start < step.node.start - 1e-9 || end <= child.start) continue;
			if (step.at > end) step.node.path.unshift([end, step.at]);
			step.at = child.start;
			stack.push(open(child, end));
			continue;
		}
		if (step.at > step.node.start) step.node.path.unshift([step.node.start, step.at]);
		stack.pop();
	}
}

export const pathTime = ({ path }: SpanNode): number => path.reduce((sum, [from, to]) => sum + to - from, 0);

/** Services by their time on the critical path, longest first. */
export function serviceTimes({ nodes }: SpanTree): { service: string; ms: number }[] {
	const times = new Map<string, number>();
	for (const node of nodes)
		times.set(node.span.service, (times.get(node.span.service) ?? 0) + pathTime(node));
	return [...times].map(([service, ms]) => ({ service, ms })).sort((a, b) => b.ms - a.ms);
}
