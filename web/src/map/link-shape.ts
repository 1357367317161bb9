import { NODE_HEIGHT, NODE_WIDTH, type Point } from './namespace-layout.ts';

/** The geometry of one link on the map, in map pixels. */
export interface LinkShape {
	/** Bends of a routed link, or the four points of a curve. */
	kind: 'route' | 'curve';
	points: Point[];
	end: Point;
	/** The way the arrow points, a unit vector. */
	direction: Point;
	/** Where a label may sit, the best first. */
	labels: Point[];
}

export function routeShape(points: Point[]): LinkShape | null {
	const end = points.at(-1);
	const before = points.at(-2);
	if (!end || !before) return null;
	const length = Math.hypot(end[0] - before[0], end[1] - before[1]) || 1;
	const direction: Point = [(end[0] - before[0]) / length, (end[1] - before[1]) / length];
	return { kind: 'route', points, end, direction, labels: labelPoints(points) };
}

/** The middles of the pieces, the longest level piece first: there a label covers its own line and nothing else. */
function labelPoints(points: Point[]): Point[] {
	const pieces = points.slice(1).map(([bx, by], i) => {
		const [ax, ay] = points[i] as Point;
		// An upright piece counts for less: a label is wide.
		const length = Math.abs(bx - ax) + Math.abs(by - ay) * 0.3;
		return { length, middle: [(ax + bx) / 2, (ay + by) / 2] as Point };
	});
	return pieces.sort((a, b) => b.length - a.length).map(({ middle }) => middle);
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
	const at = (t: number, axis: 0 | 1) => {
		const u = 1 - t;
		return u ** 3 * start[axis] + 3 * u * u * t * c1[axis] + 3 * u * t * t * c2[axis] + t ** 3 * end[axis];
	};
	const labels = [0.5, 0.38, 0.62, 0.25].map((t): Point => [at(t, 0), at(t, 1)]);
	return { kind: 'curve', points: [start, c1, c2, end], end, direction, labels };
}

/** Width of a link in pixels: the logarithm of its rate. */
export function linkWidth(requestsPerSecond: number | null): number {
	if (requestsPerSecond === null) return 1;
	return Math.min(4, 0.8 + Math.log10(1 + requestsPerSecond) * 0.75);
}
