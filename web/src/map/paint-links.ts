import { overlaps } from './camera.ts';
import type { Painting } from './paint.ts';
import type { SceneLink } from './scene.ts';

/** Links in map pixels: first what steps back, then trouble and what belongs to the focus. */
export function paintLinks(painting: Painting): void {
	const { scene, camera, focus } = painting;
	const view = camera.view;
	const front: SceneLink[] = [];
	for (const one of scene.links) {
		if (!overlaps(one.bounds, view)) continue;
		const touched = focus !== null && (one.link.from.id === focus || one.link.to.id === focus);
		if (touched || (focus === null && one.link.tone)) front.push(one);
		else paintLink(painting, one, false);
	}
	for (const one of front) paintLink(painting, one, focus !== null);
}

function paintLink({ g, camera, palette, focus }: Painting, one: SceneLink, touched: boolean): void {
	const { link, shape } = one;
	const colour = link.tone
		? palette[`${link.tone}-fill`]
		: touched
			? palette.accent
			: palette[one.crosses ? 'line-strong' : 'edge'];
	g.globalAlpha = focus !== null ? (touched ? 1 : 0.14) : link.tone ? 1 : one.crosses ? 0.75 : 0.6;
	g.strokeStyle = colour;
	g.lineWidth =
		((touched ? one.width + 0.4 : one.width) * (link.tone ? 1.15 : 0.8)) / Math.max(0.55, camera.scale);
	if (link.edge.lastSampleAt === null) g.setLineDash([2, 4]);
	else if (link.tone === 'crit') g.setLineDash([9, 4]);
	else if (link.edge.requestsPerSecond === null) g.setLineDash([3, 4]);
	one.path ??= makePath(one);
	g.stroke(one.path);
	g.setLineDash([]);
	paintArrow(g, shape.end, shape.direction, 5 / Math.max(0.7, camera.scale), colour);
	g.globalAlpha = 1;
}

function paintArrow(
	g: CanvasRenderingContext2D,
	[x, y]: readonly [number, number],
	[ux, uy]: readonly [number, number],
	size: number,
	colour: string,
): void {
	const backX = x - ux * size * 1.4;
	const backY = y - uy * size * 1.4;
	g.fillStyle = colour;
	g.beginPath();
	g.moveTo(x, y);
	g.lineTo(backX - uy * size * 0.8, backY + ux * size * 0.8);
	g.lineTo(backX + uy * size * 0.8, backY - ux * size * 0.8);
	g.fill();
}

function makePath({ shape }: SceneLink): Path2D {
	const path = new Path2D();
	const [first, ...rest] = shape.points as [readonly [number, number], ...(readonly [number, number])[]];
	path.moveTo(first[0], first[1]);
	if (shape.kind === 'curve') {
		const [a, b, end] = rest as [
			readonly [number, number],
			readonly [number, number],
			readonly [number, number],
		];
		path.bezierCurveTo(a[0], a[1], b[0], b[1], end[0], end[1]);
		return path;
	}
	// Corners of routed links are rounded a little: the eye follows them better.
	rest.forEach(([x, y], i) => {
		const next = rest[i + 1];
		if (next) path.arcTo(x, y, next[0], next[1], 6);
		else path.lineTo(x, y);
	});
	return path;
}
