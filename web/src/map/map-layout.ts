import type { MapGraph } from './graph.ts';
import { LayoutCache } from './layout-cache.ts';
import type { GraphLayout, Point } from './namespace-layout.ts';
import { type Packing, type Placed, packRows } from './row-packer.ts';

export interface MapLayout {
	at: Map<string, Point>;
	routes: Map<string, Point[]>;
	boxes: Placed[];
	width: number;
	height: number;
}

/** Up to here a new namespace packs all rows anew: the map is still being discovered and nobody knows it by heart. */
const FEW_BOXES = 4;

/** Two levels: each namespace is laid out alone, then the boxes are put into rows. */
export class MapArranger {
	#cache: LayoutCache;
	#packing: Packing | null = null;

	constructor(elk: GraphLayout) {
		this.#cache = new LayoutCache(elk);
	}

	async arrange(graph: MapGraph, aspect: number): Promise<MapLayout> {
		const roomy = aspect >= 1;
		const contents = await Promise.all(
			graph.boxes.map(async (id) => {
				const nodes = graph.nodes.filter((node) => node.box === id).map((node) => node.id);
				const inside = new Set(nodes);
				const links = graph.edges
					.filter(({ edge }) => edge.from !== edge.to && inside.has(edge.from) && inside.has(edge.to))
					.map(({ id, edge }) => ({ id, from: edge.from, to: edge.to }));
				return { id, content: await this.#cache.content(id, nodes, links, roomy) };
			}),
		);
		const gap = graph.edges.length <= 24 && roomy ? 110 : 48;
		const packing = packRows(
			contents.map(({ id, content }) => ({ id, width: content.width, height: content.height })),
			{ aspect, gap, rows: this.#keptRows(graph.boxes) },
		);
		this.#packing = packing;
		const at = new Map<string, Point>();
		const routes = new Map<string, Point[]>();
		const byId = new Map(packing.placed.map((box) => [box.id, box]));
		for (const { id, content } of contents) {
			const box = byId.get(id) as Placed;
			// A box that is stretched to the height of its row holds its content in the middle.
			const dy = box.y + (box.height - content.height) / 2;
			for (const [node, [x, y]] of content.at) at.set(node, [x + box.x, y + dy]);
			for (const [link, points] of content.routes) {
				routes.set(
					link,
					points.map(([x, y]) => [x + box.x, y + dy] as const),
				);
			}
		}
		return { at, routes, boxes: packing.placed, width: packing.width, height: packing.height };
	}

	#keptRows(boxes: string[]): string[][] | undefined {
		const rows = this.#packing?.rows;
		if (!rows) return undefined;
		const known = new Set(rows.flat());
		const grew = boxes.some((id) => !known.has(id));
		return grew && boxes.length <= FEW_BOXES ? undefined : rows;
	}
}
