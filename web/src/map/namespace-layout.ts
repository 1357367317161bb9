import type { ElkNode } from 'elkjs/lib/elk-api.js';
import { packRows } from './row-packer.ts';

export const NODE_WIDTH = 190;
export const NODE_HEIGHT = 62;

export type Point = readonly [x: number, y: number];

export interface BoxContent {
	width: number;
	height: number;
	/** Top left corner of each node, from the box's own corner. */
	at: Map<string, Point>;
	/** Bends of each link inside the box, from start to end. */
	routes: Map<string, Point[]>;
}

export interface Link {
	id: string;
	from: string;
	to: string;
}

/** What lays out one small graph: elkjs in its worker, or a test's own. */
export interface GraphLayout {
	layout(graph: ElkNode): Promise<ElkNode>;
}

/** The cost of a layered layout grows faster than the graph; larger parts are split. */
const LARGEST_PART = 40;
const PADDING = { top: 44, left: 18, bottom: 22, right: 18 };
const GAP = 34;

const OPTIONS: Record<string, string> = {
	'elk.algorithm': 'layered',
	'elk.direction': 'RIGHT',
	'elk.spacing.nodeNode': '42',
	'elk.spacing.edgeEdge': '7',
	'elk.spacing.edgeNode': '9',
	'elk.layered.spacing.edgeNodeBetweenLayers': '12',
	'elk.layered.spacing.edgeEdgeBetweenLayers': '7',
	'elk.edgeRouting': 'ORTHOGONAL',
	'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
	'elk.padding': '[top=0,left=0,bottom=0,right=0]',
};

/** Few links leave room for their labels between the layers; many links and narrow screens need the room for nodes. */
function layerGap(links: number, roomy: boolean): string {
	if (!roomy) return '46';
	if (links <= 12) return '150';
	return links <= 24 ? '96' : '46';
}

/** Connected parts of a graph, largest first, cut at LARGEST_PART; nodes without links together at the end. */
export function splitParts(nodes: string[], links: Link[]): { parts: string[][]; loose: string[] } {
	const next = new Map<string, string[]>(nodes.map((id) => [id, []]));
	for (const { from, to } of links) {
		next.get(from)?.push(to);
		next.get(to)?.push(from);
	}
	const seen = new Set<string>();
	const parts: string[][] = [];
	const loose: string[] = [];
	for (const start of nodes) {
		if (seen.has(start)) continue;
		seen.add(start);
		const part = [start];
		for (let i = 0; i < part.length; i++) {
			for (const id of next.get(part[i] as string) ?? []) {
				if (seen.has(id) || !next.has(id)) continue;
				seen.add(id);
				part.push(id);
			}
		}
		if (part.length === 1) loose.push(start);
		else for (let i = 0; i < part.length; i += LARGEST_PART) parts.push(part.slice(i, i + LARGEST_PART));
	}
	return { parts: parts.sort((a, b) => b.length - a.length), loose };
}

/** Nodes without links in a grid that is wider than high. */
function gridContent(nodes: string[]): BoxContent {
	const columns = Math.max(1, Math.ceil(Math.sqrt(nodes.length / 1.5)));
	const stepX = NODE_WIDTH + GAP;
	const stepY = NODE_HEIGHT + GAP;
	const at = new Map<string, Point>();
	nodes.forEach((id, i) => {
		at.set(id, [(i % columns) * stepX, Math.floor(i / columns) * stepY]);
	});
	const used = Math.min(columns, nodes.length);
	const rows = Math.ceil(nodes.length / columns);
	return { width: used * stepX - GAP, height: rows * stepY - GAP, at, routes: new Map() };
}

async function partContent(
	elk: GraphLayout,
	nodes: string[],
	links: Link[],
	roomy: boolean,
): Promise<BoxContent> {
	const inside = new Set(nodes);
	const own = links.filter(({ from, to }) => inside.has(from) && inside.has(to));
	const done = await elk.layout({
		id: 'part',
		layoutOptions: { ...OPTIONS, 'elk.layered.spacing.nodeNodeBetweenLayers': layerGap(own.length, roomy) },
		children: [...nodes].sort().map((id) => ({ id, width: NODE_WIDTH, height: NODE_HEIGHT })),
		edges: own.map(({ id, from, to }) => ({ id, sources: [from], targets: [to] })),
	});
	const at = new Map<string, Point>();
	for (const child of done.children ?? []) at.set(child.id, [child.x ?? 0, child.y ?? 0]);
	const routes = new Map<string, Point[]>();
	for (const edge of done.edges ?? []) {
		const section = edge.sections?.[0];
		if (!section) continue;
		const points = [section.startPoint, ...(section.bendPoints ?? []), section.endPoint];
		routes.set(
			edge.id,
			points.map(({ x, y }) => [x, y] as const),
		);
	}
	return { width: done.width ?? NODE_WIDTH, height: done.height ?? NODE_HEIGHT, at, routes };
}

/**
 * Lays out what one namespace holds. The same nodes and links always give the same places.
 * @param roomy leaves room for labels between the layers
 */
export async function layOutNamespace(
	elk: GraphLayout,
	nodes: string[],
	links: Link[],
	roomy: boolean,
): Promise<BoxContent> {
	const { parts, loose } = splitParts([...nodes].sort(), links);
	const contents = await Promise.all(parts.map((part) => partContent(elk, part, links, roomy)));
	if (loose.length) contents.push(gridContent(loose));
	const packing = packRows(
		contents.map(({ width, height }, i) => ({ id: String(i), width, height })),
		{ aspect: roomy ? 1.6 : 0.9, gap: GAP + 8 },
	);
	const at = new Map<string, Point>();
	const routes = new Map<string, Point[]>();
	for (const { id, x, y } of packing.placed) {
		const content = contents[Number(id)] as BoxContent;
		const dx = x + PADDING.left;
		const dy = y + PADDING.top;
		for (const [node, [nx, ny]] of content.at) at.set(node, [nx + dx, ny + dy]);
		for (const [link, points] of content.routes) {
			routes.set(
				link,
				points.map(([px, py]) => [px + dx, py + dy] as const),
			);
		}
	}
	return {
		width: packing.width + PADDING.left + PADDING.right,
		height: packing.height + PADDING.top + PADDING.bottom,
		at,
		routes,
	};
}
