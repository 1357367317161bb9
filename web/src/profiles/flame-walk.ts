import { type FlameView, leadsTo } from './flame-bars.ts';

/** Where an arrow key leads from `node`; the node itself where there is nothing that way. Never out of the view. */
export function walked(view: FlameView, node: number, key: string): number | null {
	if (key === 'ArrowUp') return node === 0 ? 0 : view.flame.parents[node]!;
	if (key === 'ArrowDown') return below(view, node);
	if (key === 'ArrowLeft') return beside(view, node, -1);
	if (key === 'ArrowRight') return beside(view, node, 1);
	return null;
}

/** Callers of the focus lead to it, whatever else they call. */
function below(view: FlameView, node: number): number {
	const children = seenChildren(view, node);
	const towards = node === view.focus ? undefined : children.find((child) => leadsTo(view, child));
	return towards ?? children[0] ?? node;
}

function beside(view: FlameView, node: number, step: 1 | -1): number {
	// The focus and its callers take the whole width.
	if (leadsTo(view, node)) return node;
	const siblings = seenChildren(view, view.flame.parents[node]!);
	return siblings[siblings.indexOf(node) + step] ?? node;
}

/** What has no sample in this time, but in the base, has no bar. */
function seenChildren({ flame, layout }: FlameView, parent: number): number[] {
	const children: number[] = [];
	for (let node = parent + 1; node < layout.ends[parent]!; node = layout.ends[node]!)
		if (flame.totals[node]! > 0) children.push(node);
	return children;
}
