import type { ProfileFlame } from '../api/profile-types.ts';
import type { FlameLayout } from './flame.ts';

/** Narrower bars are widened to this, and what would lie upon them is left out. */
const LEAST_PX = 1;

/** Which part of a flame graph is seen: `focus` takes all of `width` px, below the functions that called it. */
export interface FlameView {
	flame: ProfileFlame;
	layout: FlameLayout;
	focus: number;
	width: number;
}

/** Left edge and width of a node in px; those that lead to the focus take the whole width. */
export function barOf(view: FlameView, node: number): { left: number; wide: number } {
	const { flame, layout, focus, width } = view;
	if (leadsTo(view, node)) return { left: 0, wide: width };
	const unit = pxPerUnit(view);
	return { left: (layout.starts[node]! - layout.starts[focus]!) * unit, wide: flame.totals[node]! * unit };
}

/** Whether a node is the focus or one of its callers. */
export const leadsTo = ({ layout, focus }: FlameView, node: number): boolean =>
	node <= focus && layout.ends[node]! > focus;

function pxPerUnit({ flame, focus, width }: FlameView): number {
	const total = flame.totals[focus]!;
	return total > 0 ? width / total : 0;
}

/** Bars to draw, as columns: callers first. px */
export interface Bars {
	nodes: number[];
	lefts: number[];
	wides: number[];
}

/** What is seen. However many nodes there are, a row holds no more than two bars for each px. */
export function visibleBars(view: FlameView): Bars {
	const { flame, layout, focus, width } = view;
	const nodes: number[] = [];
	for (let node = focus; node > 0; node = flame.parents[node]!) nodes.push(node);
	nodes.push(0);
	nodes.reverse();
	const lefts = nodes.map(() => 0);
	const wides = nodes.map(() => width);
	const { depths, totals } = flame;
	const { starts, ends } = layout;
	const unit = pxPerUnit(view);
	const origin = starts[focus]!;
	const end = ends[focus]!;
	/** By depth: up to where the row is painted, px. */
	const painted: number[] = [];
	for (let node = focus + 1; node < end; ) {
		const wide = totals[node]! * unit;
		const left = (starts[node]! - origin) * unit;
		const depth = depths[node]!;
		const seen = wide > 0 && left + wide > (painted[depth] ?? 0);
		if (seen) {
			nodes.push(node);
			lefts.push(left);
			wides.push(Math.max(LEAST_PX, wide));
			painted[depth] = left + Math.max(LEAST_PX, wide);
		}
		// What lies below a bar of less than a px is not seen.
		node = seen && wide >= LEAST_PX ? node + 1 : ends[node]!;
	}
	return { nodes, lefts, wides };
}

/** How many rows the view has. */
export function rowsOf({ flame, layout, focus }: FlameView): number {
	let deepest = flame.depths[focus]!;
	for (let node = focus; node < layout.ends[focus]!; node++)
		if (flame.totals[node]! > 0) deepest = Math.max(deepest, flame.depths[node]!);
	return deepest + 1;
}

/** The node at `x` px in a row; null where there is none. */
export function nodeAt(view: FlameView, x: number, row: number): number | null {
	const { flame, layout, focus } = view;
	for (let node = focus; ; node = flame.parents[node]!) {
		if (flame.depths[node] === row) return node;
		if (node === 0) break;
	}
	const unit = pxPerUnit(view);
	if (unit === 0) return null;
	const at = layout.starts[focus]! + x / unit;
	for (let node = focus + 1; node < layout.ends[focus]!; ) {
		const inside = at >= layout.starts[node]! && at < layout.starts[node]! + flame.totals[node]!;
		if (inside && flame.depths[node] === row) return node;
		node = inside ? node + 1 : layout.ends[node]!;
	}
	return null;
}
