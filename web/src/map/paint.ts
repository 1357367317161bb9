import type { Status } from '../api/types.ts';
import { STATUS_OUTLINES } from '../format/status.ts';
import type { Camera } from './camera.ts';
import { paintBoxes, paintBoxNames, paintBundles } from './paint-boxes.ts';
import { paintLabels } from './paint-labels.ts';
import { paintLinks } from './paint-links.ts';
import { paintNodes } from './paint-nodes.ts';
import type { Palette } from './palette.ts';
import { neighbourhood, type Scene } from './scene.ts';
import type { TextFit } from './text-fit.ts';

/** What a person did with the map. */
export interface Attention {
	selected: string | null;
	hovered: string | null;
	/** Lower case; names without it step back. */
	query: string;
	/** Empty: all. */
	statuses: readonly string[];
}

export interface Painting {
	g: CanvasRenderingContext2D;
	scene: Scene;
	camera: Camera;
	palette: Palette;
	attention: Attention;
	text: TextFit;
	now: number;
	/** The node that everything else steps back for, with its neighbours. */
	focus: string | null;
	related: Set<string> | null;
}

/** Draws one frame. Boxes and links in map pixels; names and figures in screen pixels, so that type is never below 11 px. */
export function paintMap(painting: Omit<Painting, 'focus' | 'related'>, density: number): void {
	const { g, camera, palette, scene, attention } = painting;
	const wanted = attention.selected ?? attention.hovered;
	const focus = wanted !== null && scene.byId.has(wanted) ? wanted : null;
	const all: Painting = { ...painting, focus, related: focus === null ? null : neighbourhood(scene, focus) };
	g.setTransform(density, 0, 0, density, 0, 0);
	g.globalAlpha = 1;
	g.fillStyle = palette.bg;
	g.fillRect(0, 0, camera.width, camera.height);
	g.setTransform(
		density * camera.scale,
		0,
		0,
		density * camera.scale,
		density * camera.x,
		density * camera.y,
	);
	paintBoxes(all);
	if (camera.level === 'far') paintBundles(all);
	else paintLinks(all);
	g.setTransform(density, 0, 0, density, 0, 0);
	g.textBaseline = 'middle';
	g.textAlign = 'left';
	paintNodes(all);
	paintBoxNames(all);
	if (camera.level === 'near') paintLabels(all);
}

/** Whether search or status filter ask for something else. */
export function stepsBack({ attention }: Painting, name: string, status: Status): boolean {
	if (attention.query && !name.toLowerCase().includes(attention.query)) return true;
	return attention.statuses.length > 0 && !attention.statuses.includes(status);
}

const outlines = new Map<Status, Path2D>();

/** The status shape, `size` pixels high, its corner at x, y. */
export function paintStatus(
	g: CanvasRenderingContext2D,
	palette: Palette,
	status: Status,
	x: number,
	y: number,
	size: number,
): void {
	let outline = outlines.get(status);
	if (!outline) {
		outline = new Path2D(STATUS_OUTLINES[status]);
		outlines.set(status, outline);
	}
	g.save();
	g.translate(x, y);
	g.scale(size / 12, size / 12);
	if (status === 'crit' || status === 'warn') {
		g.fillStyle = palette[`${status}-fill`];
		g.fill(outline);
		g.strokeStyle = palette[status];
		g.lineWidth = 1;
	} else {
		g.strokeStyle = status === 'ok' ? palette['ok-fill'] : palette.unknown;
		g.lineWidth = 1.7;
		if (status === 'unknown') g.setLineDash([2, 2.4]);
	}
	g.stroke(outline);
	g.restore();
}
