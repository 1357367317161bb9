import { formatThings } from '../format/numbers.ts';
import { overlaps } from './camera.ts';
import type { Painting } from './paint.ts';
import type { SceneBox } from './scene.ts';

/** Grounds of the namespaces, in map pixels. */
export function paintBoxes({ g, scene, camera, palette }: Painting): void {
	const view = camera.view;
	for (const box of scene.boxes) {
		if (!overlaps(box, view)) continue;
		g.beginPath();
		g.roundRect(box.x, box.y, box.width, box.height, 12);
		g.fillStyle = palette.sunk;
		g.fill();
		g.strokeStyle = palette.line;
		g.lineWidth = 1 / camera.scale;
		if (box.id === 'external') g.setLineDash([5 / camera.scale, 4 / camera.scale]);
		g.stroke();
		g.setLineDash([]);
	}
}

/** One line for all links between two namespaces. */
export function paintBundles({ g, scene, camera, palette }: Painting): void {
	for (const { from, to, failing, requestsPerSecond } of scene.bundles) {
		const x0 = from.x + from.width / 2;
		const y0 = from.y + from.height / 2;
		const x1 = to.x + to.width / 2;
		const y1 = to.y + to.height / 2;
		g.globalAlpha = scene.bundles.length > 40 && !failing ? 0.25 : 0.5;
		g.strokeStyle = failing ? palette['crit-fill'] : palette['line-strong'];
		g.lineWidth = (1 + Math.log10(1 + requestsPerSecond)) / camera.scale;
		g.beginPath();
		g.moveTo(x0, y0);
		g.quadraticCurveTo((x0 + x1) / 2 + (y1 - y0) * 0.12, (y0 + y1) / 2 - (x1 - x0) * 0.12, x1, y1);
		g.stroke();
		g.globalAlpha = 1;
	}
}

/** Names of the namespaces: a line at their head, or a card where nodes are only glyphs. */
export function paintBoxNames(painting: Painting): void {
	const { g, scene, camera, palette } = painting;
	for (const box of scene.boxes) {
		if (!overlaps(box, camera.view)) continue;
		const x = box.x * camera.scale + camera.x;
		const y = box.y * camera.scale + camera.y;
		if (camera.level === 'far') {
			paintCard(painting, box, x, y);
			continue;
		}
		const middle = y + Math.max(12, 17 * camera.scale);
		g.fillStyle = palette['ink-2'];
		g.font = `600 12px ${palette.font}`;
		g.fillText(box.id, x + 12, middle);
		const width = g.measureText(box.id).width;
		g.fillStyle = palette['ink-3'];
		g.font = `400 11px ${palette.font}`;
		g.fillText(String(box.applications), x + 19 + width, middle);
	}
}

function paintCard({ g, camera, palette }: Painting, box: SceneBox, x: number, y: number): void {
	const trouble = box.failing ? `, ${box.failing} failing` : box.degraded ? `, ${box.degraded} degraded` : '';
	const words = formatThings(box.applications, 'app') + trouble;
	g.font = `600 13px ${palette.font}`;
	const nameWidth = g.measureText(box.id).width;
	g.font = `400 11px ${palette.font}`;
	const width = Math.max(nameWidth, g.measureText(words).width) + 20;
	const room = box.width * camera.scale;
	// Cards that would hide their neighbours stay away, unless they have bad news.
	if (room < width + 4 && !box.failing && room < 46) return;
	const centre = x + room / 2;
	g.beginPath();
	g.roundRect(centre - width / 2, y - 16, width, 40, 8);
	g.fillStyle = palette.surface;
	g.globalAlpha = 0.94;
	g.fill();
	g.globalAlpha = 1;
	g.strokeStyle = box.failing ? palette['crit-fill'] : palette['line-strong'];
	g.lineWidth = box.failing ? 1.5 : 1;
	g.stroke();
	g.textAlign = 'center';
	g.fillStyle = palette.ink;
	g.font = `600 13px ${palette.font}`;
	g.fillText(box.id, centre, y - 3);
	g.fillStyle = box.failing ? palette.crit : box.degraded ? palette.warn : palette['ink-3'];
	g.font = `400 11px ${palette.font}`;
	g.fillText(words, centre, y + 13);
	g.textAlign = 'left';
}
