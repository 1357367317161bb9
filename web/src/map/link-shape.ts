import { NODE_HEIGHT, NODE_WIDTH, type Point } from './namespace-layout.ts';

/** The geometry of one link on the map, in map pixels. */
export interface LinkShape {
	/** Bends of a routed link, or the four points of a curve. */
	kind: 'route' | 'curve';
	points: Point[];
	end: Point;
	/** The way the arrow points, a unit vector. */
	direction: Point;
	/** Where a label sits best. */
	middle: Point;
}

export function routeShape(points: Point[]): LinkShape | null {
	const end = points.at(-1);
	const before = points.at(-2);
	if (!end || !before) return null;
	const length = Math.hypot(end[0] - before[0], end[1] - before[1]) || 1;
	const direction: Point = [(end[0] - before[0]) / length, (end[1] - before[1]) / length];
	return { kind: 'route', points, end, direction, middle: labelPoint(points) };
}

/** The middle of the longest level piece: there a label covers its own line and nothing else. */
function labelPoint(points: Point[]): Point {
	let best: Point = points[0] as Point;
	let longest = -1;
	for (let i = 1; i < points.length; i++) {
		const [ax, ay] = points[i - 1] as Point;
		const [bx, by] = points[i] as Point;
		// An upright piece counts for less: a label is wide.
		const length = Math.abs(bx - ax) + Math.abs(by - ay) * 0.3;
		if (length <= longest) continue;
		longest = length;
		best = [(ax + bx) / 2, (ay + by) / 2];
	}
	return best;
}

/** A curve between two nodes given by their corners; it leaves through the side that faces the other node. */
export function curveShape(from: Point, to: Point): LinkShape {
	const dx = to[0] - from[0];
	const dy = to[1] - from[1];
	if (dx > NODE_WIDTH * 1.2 && Math.abs(dy) < dx * 1.4) {
		const start: Point = [from[0] + NODE_WIDTH, from[1] + NODE_HEIGHT / 2];
		const end: Point = [to[0], to[1] + NODE_HEIGHT / 2];
		const reach = Math.max(36, (end[0] - start[0]) * 0.42);
		return curve(start, [start[0] + reach, start[1]], [end[0] - reach, end[1]], end, [1, 0]);
	}
	const down = dy < 0 ? -1 : 1;
	const start: Point = [from[0] + NODE_WIDTH / 2, from[1] + (down > 0 ? NODE_HEIGHT : 0)];
	const end: Point = [to[0] + NODE_WIDTH / 2, to[1] + (down > 0 ? 0 : NODE_HEIGHT)];
	const reach = Math.max(40, Math.abs(end[1] - start[1]) * 0.5) * down;
	return curve(start, [start[0], start[1] + reach], [end[0], end[1] - reach], end, [0, down]);
}

function curve(start: Point, c1: Point, c2: Point, end: Point, direction: Point): LinkShape {
	// A cubic at its half: (start + 3 c1 + 3 c2 + end) / 8.
	const middle: Point = [
		(start[0] + 3 * c1[0] + 3 * c2[0] + end[0]) / 8,
		(start[1] + 3 * c1[1] + 3 * c2[1] + end[1]) / 8,
	];
	return { kind: 'curve', points: [start, c1, c2, end], end, direction, middle };
}

/** Width of a link in pixels: the logarithm of its rate. */
export function linkWidth(requestsPerSecond: number | null): number {
	if (requestsPerSecond === null) return 1;
	return Math.min(4, 0.8 + Math.log10(1 + requestsPerSecond) * 0.75);
}
