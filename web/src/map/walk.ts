import type { MapGraph } from './graph.ts';
import type { MapLayout } from './map-layout.ts';

export type Step = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown';

/**
 * The application one step away: right to what it calls, left to who calls it, up and down to the nearest above and
 * below in its namespace. Without a selection the first in trouble, else the top left one. Null when there is none.
 */
export function walk(graph: MapGraph, layout: MapLayout, selected: string | null, step: Step): string | null {
	const places = graph.nodes.flatMap((node) => {
		const at = layout.at.get(node.id);
		return at ? [{ node, x: at[0], y: at[1] }] : [];
	});
	const here = places.find(({ node }) => node.id === selected);
	if (!here) {
		const rank = { crit: 0, warn: 1, ok: 2, unknown: 2 };
		places.sort((a, b) => rank[a.node.app.status] - rank[b.node.app.status] || a.x + a.y - b.x - b.y);
		return places[0]?.node.id ?? null;
	}
	const nearest = (ids: Set<string>) => {
		const found = places.filter(({ node }) => ids.has(node.id) && node.id !== here.node.id);
		found.sort((a, b) => distance(a, here) - distance(b, here));
		return found[0]?.node.id ?? null;
	};
	if (step === 'ArrowRight') {
		return nearest(new Set(graph.edges.filter((e) => e.from === here.node).map((e) => e.to.id)));
	}
	if (step === 'ArrowLeft') {
		return nearest(new Set(graph.edges.filter((e) => e.to === here.node).map((e) => e.from.id)));
	}
	const up = step === 'ArrowUp';
	return nearest(
		new Set(
			places
				.filter(({ node, y }) => node.box === here.node.box && (up ? y < here.y - 1 : y > here.y + 1))
				.map(({ node }) => node.id),
		),
	);
}

const distance = (a: { x: number; y: number }, b: { x: number; y: number }) =>
	Math.abs(a.x - b.x) + Math.abs(a.y - b.y);
