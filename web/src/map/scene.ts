import type { Status } from '../api/types.ts';
import type { Rect } from './camera.ts';
import type { MapEdge, MapGraph, MapNode } from './graph.ts';
import { curveShape, type LinkShape, linkWidth, routeShape } from './link-shape.ts';
import type { MapLayout } from './map-layout.ts';
import { NODE_HEIGHT, NODE_WIDTH } from './namespace-layout.ts';

export interface SceneNode extends Rect {
	node: MapNode;
}

export interface SceneLink {
	link: MapEdge;
	shape: LinkShape;
	width: number;
	/** Leaves its namespace. */
	crosses: boolean;
	/** Around shape and arrow, to skip what is off screen. */
	bounds: Rect;
	path: Path2D | null;
}

export interface SceneBox extends Rect {
	id: string;
	applications: number;
	failing: number;
	degraded: number;
}

/** All links between two namespaces, for the level where nodes are glyphs. */
export interface Bundle {
	from: SceneBox;
	to: SceneBox;
	requestsPerSecond: number;
	failing: boolean;
}

/** What is drawn: places from the layout, figures from the graph. Made anew for each answer; places come out the same. */
export interface Scene {
	nodes: SceneNode[];
	byId: Map<string, SceneNode>;
	links: SceneLink[];
	boxes: SceneBox[];
	bundles: Bundle[];
	width: number;
	height: number;
}

export function makeScene(graph: MapGraph, layout: MapLayout): Scene {
	const nodes: SceneNode[] = [];
	for (const node of graph.nodes) {
		const at = layout.at.get(node.id);
		if (at) nodes.push({ node, x: at[0], y: at[1], width: NODE_WIDTH, height: NODE_HEIGHT });
	}
	const byId = new Map(nodes.map((place) => [place.node.id, place]));
	const count = (box: string, status: Status) =>
		nodes.filter(({ node }) => node.box === box && node.app.status === status).length;
	const boxes: SceneBox[] = layout.boxes.map(({ id, x, y, width, height }) => ({
		id,
		x,
		y,
		width,
		height,
		applications: nodes.filter(({ node }) => node.box === id).length,
		failing: count(id, 'crit'),
		degraded: count(id, 'warn'),
	}));
	const links = graph.edges.flatMap((link) => makeLink(link, byId, layout));
	return {
		nodes,
		byId,
		links,
		boxes,
		bundles: bundle(links, boxes),
		width: layout.width,
		height: layout.height,
	};
}

function makeLink(link: MapEdge, byId: Map<string, SceneNode>, layout: MapLayout): SceneLink[] {
	const from = byId.get(link.from.id);
	const to = byId.get(link.to.id);
	// What an application sends to itself is in the panel and the table; a loop says nothing about the map.
	if (!from || !to || from === to) return [];
	const route = layout.routes.get(link.id);
	const shape = (route && routeShape(route)) ?? curveShape([from.x, from.y], [to.x, to.y]);
	const xs = shape.points.map(([x]) => x);
	const ys = shape.points.map(([, y]) => y);
	const bounds = {
		x: Math.min(...xs) - 10,
		y: Math.min(...ys) - 10,
		width: Math.max(...xs) - Math.min(...xs) + 20,
		height: Math.max(...ys) - Math.min(...ys) + 20,
	};
	const width = linkWidth(link.edge.requestsPerSecond);
	return [{ link, shape, width, crosses: link.from.box !== link.to.box, bounds, path: null }];
}

function bundle(links: SceneLink[], boxes: SceneBox[]): Bundle[] {
	const byId = new Map(boxes.map((box) => [box.id, box]));
	const bundles = new Map<string, Bundle>();
	for (const { link, crosses } of links) {
		if (!crosses) continue;
		const key = `${link.from.box}>${link.to.box}`;
		const from = byId.get(link.from.box);
		const to = byId.get(link.to.box);
		if (!from || !to) continue;
		const one = bundles.get(key) ?? { from, to, requestsPerSecond: 0, failing: false };
		one.requestsPerSecond += link.edge.requestsPerSecond ?? 0;
		one.failing ||= link.tone === 'crit';
		bundles.set(key, one);
	}
	return [...bundles.values()];
}

/** The smallest rectangle around the given nodes; the whole map when none is there. */
export function rectOf(scene: Scene, ids: Iterable<string> | null): Rect {
	const places = ids ? [...ids].flatMap((id) => scene.byId.get(id) ?? []) : [];
	if (places.length === 0)
		return { x: 0, y: 0, width: Math.max(1, scene.width), height: Math.max(1, scene.height) };
	const x = Math.min(...places.map((place) => place.x));
	const y = Math.min(...places.map((place) => place.y));
	return {
		x,
		y,
		width: Math.max(...places.map((place) => place.x + place.width)) - x,
		height: Math.max(...places.map((place) => place.y + place.height)) - y,
	};
}

/** The application and all that it talks with. */
export function neighbourhood(scene: Scene, id: string): Set<string> {
	const ids = new Set([id]);
	for (const { link } of scene.links) {
		if (link.from.id === id) ids.add(link.to.id);
		if (link.to.id === id) ids.add(link.from.id);
	}
	return ids;
}
