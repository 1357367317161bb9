import { kindOf } from '../format/kind.ts';
import { formatAge, formatBytesRate, formatRate, formatSeconds, formatShare } from '../format/numbers.ts';
import { ERROR_OBJECTIVE, errorTone, latencyTone } from '../format/status.ts';
import { type IconName, iconOutline } from '../icons.ts';
import { overlaps } from './camera.ts';
import type { MapNode } from './graph.ts';
import { type Painting, paintStatus, stepsBack } from './paint.ts';
import type { Palette } from './palette.ts';
import type { SceneNode } from './scene.ts';

interface Bit {
	text: string;
	colour: keyof Palette;
}

const toneColour = { '': 'ink-3', meh: 'warn', bad: 'crit' } as const;

/** Nodes in screen pixels: a glyph, a name, or a name with its figures. */
export function paintNodes(painting: Painting): void {
	const { g, scene, camera, palette, related } = painting;
	const view = camera.view;
	for (const place of scene.nodes) {
		if (!overlaps(place, view)) continue;
		const { app } = place.node;
		const away = stepsBack(painting, app.name, app.status) || (related !== null && !related.has(app.id));
		g.globalAlpha = away ? 0.28 : 1;
		const x = place.x * camera.scale + camera.x;
		const y = place.y * camera.scale + camera.y;
		const height = place.height * camera.scale;
		if (camera.level === 'far') {
			const size = Math.max(7, Math.min(15, height * 0.8));
			const centre = x + (place.width * camera.scale) / 2;
			paintStatus(g, palette, app.status, centre - size / 2, y + height / 2 - size / 2, size);
		} else paintCard(painting, place, x, y);
		g.globalAlpha = 1;
	}
}

function paintCard(painting: Painting, { node, ...place }: SceneNode, x: number, y: number): void {
	const { g, camera, palette, attention } = painting;
	const width = place.width * camera.scale;
	const height = place.height * camera.scale;
	const { status } = node.app;
	const selected = node.id === attention.selected;
	g.beginPath();
	g.roundRect(x, y, width, height, node.external ? height / 2 : Math.min(7, 8 * camera.scale));
	g.fillStyle =
		status === 'crit' || status === 'warn'
			? palette[`${status}-soft`]
			: palette[node.external ? 'bg' : 'surface'];
	g.fill();
	const trouble = status === 'crit' || status === 'warn' ? palette[`${status}-fill`] : palette['line-strong'];
	g.strokeStyle = selected || node.id === attention.hovered ? palette.accent : trouble;
	g.lineWidth = selected ? 2.5 : status === 'crit' ? 2 : 1;
	if (status === 'unknown' && !selected) g.setLineDash([3, 3]);
	g.stroke();
	g.setLineDash([]);
	const near = camera.level === 'near';
	const padding = (near ? 8 : 6) + (node.external ? height * 0.16 : 0);
	const two = near && height >= 31;
	const glyph = near ? 10 : 9;
	const line = two ? y + height * 0.33 : y + height / 2;
	paintStatus(g, palette, status, x + padding, line - glyph / 2, glyph);
	const kind = kindOf(node.app);
	const icon = kind === null ? 0 : near ? 12 : 10;
	if (kind !== null)
		paintIcon(g, palette['ink-3'], kind.icon, x + width - padding - icon, line - icon / 2, icon);
	const room = width - padding * 2 - glyph - 5 - (icon && icon + 5);
	const size = near ? Math.min(15, Math.max(11.5, 12.5 * camera.scale)) : 11;
	g.font = `${status === 'ok' || status === 'unknown' ? 500 : 600} ${size}px ${palette.font}`;
	g.fillStyle = palette.ink;
	g.fillText(painting.text.cutMiddle(g, node.app.name, room), x + padding + glyph + 5, line);
	if (!two) return;
	g.font = `400 ${Math.min(13, Math.max(11, 11 * camera.scale))}px ${palette.font}`;
	paintBits(
		painting,
		figures(node, painting.now, width),
		x + padding,
		y + height * 0.71,
		width - padding * 2,
	);
}

const outlines = new Map<IconName, Path2D>();

/** An icon, `size` pixels high, its corner at x, y. */
function paintIcon(
	g: CanvasRenderingContext2D,
	colour: string,
	name: IconName,
	x: number,
	y: number,
	size: number,
): void {
	let outline = outlines.get(name);
	if (!outline) {
		outline = new Path2D(iconOutline(name));
		outlines.set(name, outline);
	}
	g.save();
	g.translate(x, y);
	g.scale(size / 24, size / 24);
	g.strokeStyle = colour;
	g.lineWidth = 2;
	g.lineCap = 'round';
	g.stroke(outline);
	g.restore();
}

function paintBits({ g, palette, text }: Painting, bits: Bit[], x: number, y: number, room: number): void {
	let at = x;
	for (const [i, bit] of bits.entries()) {
		const left = x + room - at;
		const width = g.measureText(bit.text).width;
		if (i > 0 && width > left) return;
		g.fillStyle = palette[bit.colour];
		g.fillText(i === 0 ? text.cut(g, bit.text, left) : bit.text, at, y);
		at += width + 8;
	}
}

/** The second line of a node: rate and p95, errors instead once they reach one percent. */
function figures(node: MapNode, now: number, width: number): Bit[] {
	const { app } = node;
	if (app.status === 'unknown' && node.rate === null) {
		if (app.lastSampleAt === null) return [{ text: 'no samples', colour: 'ink-3' }];
		const age = now - app.lastSampleAt;
		if (age > 60_000) return [{ text: `no data, ${formatAge(age)}`, colour: 'ink-3' }];
	}
	if (node.rate === null || (node.rate === 0 && node.calls)) {
		if (node.calls === null) {
			return [{ text: node.bytes > 0 ? formatBytesRate(node.bytes) : 'no requests', colour: 'ink-3' }];
		}
		return [{ text: `calls ${formatRate(node.calls)}`, colour: 'ink-2' }];
	}
	const rate: Bit = { text: formatRate(node.rate), colour: 'ink-2' };
	const p95: Bit[] =
		node.p95 === null ? [] : [{ text: formatSeconds(node.p95), colour: toneColour[latencyTone(node.p95)] }];
	const errors: Bit[] =
		node.errors === null
			? []
			: [{ text: formatShare(node.errors), colour: toneColour[errorTone(node.errors)] }];
	if (width >= 150) return [rate, ...p95, ...errors];
	return [rate, ...((node.errors ?? 0) >= ERROR_OBJECTIVE ? errors : p95)];
}
