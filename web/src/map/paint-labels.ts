import { formatBytesRate, formatRate, formatSeconds, formatShare } from '../format/numbers.ts';
import { overlaps, type Rect } from './camera.ts';
import type { MapEdge } from './graph.ts';
import type { Painting } from './paint.ts';

/** Up to here all links carry their figures; on a fuller map only those of the focus. */
const FEW_LINKS = 24;
const NUDGES = [0, -14, 14, -26, -40, 40] as const;

/** `postgres  97/s  2.41 s  6.8 %`; bytes where no requests were seen. */
export function labelText({ edge }: MapEdge): string | null {
	const { protocols, requestsPerSecond, latencyP95, errorRatio } = edge;
	if (requestsPerSecond === null) {
		const bytes = (edge.bytesSentPerSecond ?? 0) + (edge.bytesReceivedPerSecond ?? 0);
		return bytes > 0 ? formatBytesRate(bytes) : null;
	}
	const parts = [...(protocols.length ? [protocols.join(', ')] : []), formatRate(requestsPerSecond)];
	if (latencyP95 !== null) parts.push(formatSeconds(latencyP95));
	if (errorRatio) parts.push(formatShare(errorRatio));
	return parts.join('  ');
}

/** Figures on links, only where they hide nothing. */
export function paintLabels({ g, scene, camera, palette, focus, related }: Painting): void {
	if (focus === null && scene.links.length > FEW_LINKS) return;
	const taken: Rect[] = scene.boxes.map((box) => ({
		x: box.x * camera.scale + camera.x,
		y: box.y * camera.scale + camera.y,
		width: 120,
		height: 28,
	}));
	for (const { node, ...place } of scene.nodes) {
		if (related && !related.has(node.id)) continue;
		taken.push({
			x: place.x * camera.scale + camera.x - 2,
			y: place.y * camera.scale + camera.y - 1,
			width: place.width * camera.scale + 4,
			height: place.height * camera.scale + 2,
		});
	}
	g.font = `500 11px ${palette.font}`;
	for (const { link, shape } of scene.links) {
		const touched = focus === null || link.from.id === focus || link.to.id === focus;
		const text = touched ? labelText(link) : null;
		if (text === null) continue;
		const width = g.measureText(text).width + 14;
		// On its own line anywhere before beside it: a label that floats could belong to the next line.
		const spot = NUDGES.flatMap((dy) =>
			shape.labels.map(([mx, my]) => ({
				x: mx * camera.scale + camera.x - width / 2,
				y: my * camera.scale + camera.y - 9 + dy,
				width,
				height: 18,
			})),
		).find((rect) => !taken.some((other) => overlaps(rect, other)));
		if (!spot) continue;
		taken.push(spot);
		g.beginPath();
		g.roundRect(spot.x, spot.y, width, 18, 9);
		g.fillStyle = palette.surface;
		g.fill();
		g.strokeStyle = link.tone
			? palette[`${link.tone}-fill`]
			: focus === null
				? palette['line-strong']
				: palette.accent;
		g.lineWidth = 1;
		g.stroke();
		g.fillStyle = link.tone ? palette[link.tone] : palette['ink-2'];
		g.fillText(text, spot.x + 7, spot.y + 9.5);
	}
}
