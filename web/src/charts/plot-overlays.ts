import type uPlot from 'uplot';
import { STATUS_OUTLINES } from '../format/status.ts';
import type { Column } from './axis-top.ts';
import type { Gap } from './gaps.ts';
import type { HeatCell } from './heat.ts';

/** What lies below and above the lines of a plot: hatched gaps, heat, words of limits, marks. In pixels of the canvas. */

/** A token's value in the present theme. */
export const token = (name: string) =>
	getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Something that happened at a moment. */
export interface Mark {
	/** ms */
	at: number;
	word: string;
}

export function drawGaps(u: uPlot, gaps: Gap[], colour: string): void {
	const { ctx: g, bbox } = u;
	const density = devicePixelRatio || 1;
	for (const { from, to } of gaps) {
		const left = Math.max(bbox.left, u.valToPos(from / 1000, 'x', true));
		const right = Math.min(bbox.left + bbox.width, u.valToPos(to / 1000, 'x', true));
		if (right <= left) continue;
		g.save();
		g.beginPath();
		g.rect(left, bbox.top, right - left, bbox.height);
		g.clip();
		g.strokeStyle = colour;
		g.globalAlpha = 0.5;
		g.lineWidth = density;
		g.beginPath();
		// From a fixed origin, so that the strokes of two gaps meet.
		const step = 7 * density;
		for (let x = bbox.left - bbox.height; x < right; x += step) {
			if (x + bbox.height < left) continue;
			g.moveTo(x, bbox.top + bbox.height);
			g.lineTo(x + bbox.height, bbox.top);
		}
		g.stroke();
		g.restore();
	}
}

/** The word of each limit that is in view, above its first point. */
export function nameLimits(u: uPlot, words: string[]): void {
	const { ctx: g, bbox, data } = u;
	const density = devicePixelRatio || 1;
	g.save();
	g.font = `${11 * density}px ${token('--font')}`;
	g.textAlign = 'left';
	g.textBaseline = 'alphabetic';
	words.forEach((word, i) => {
		const column = data[data.length - words.length + i] as Column;
		const first = column.findIndex((value) => value !== null && value !== undefined);
		if (first < 0) return;
		const y = u.valToPos(column[first] as number, 'y', true);
		if (y < bbox.top) return;
		const x = Math.max(bbox.left, u.valToPos(data[0][first] as number, 'x', true)) + 4 * density;
		const above = y - 4 * density;
		const below = above - 11 * density < bbox.top ? y + 13 * density : above;
		withHalo(g, word, Math.min(x, bbox.left + bbox.width - g.measureText(word).width), below, density);
	});
	g.restore();
}

/** A word with a halo, so that lines under it leave it readable. */
function withHalo(g: CanvasRenderingContext2D, word: string, x: number, y: number, density: number): void {
	g.strokeStyle = token('--surface');
	g.lineWidth = 3 * density;
	g.lineJoin = 'round';
	g.strokeText(word, x, y);
	g.fillStyle = token('--ink-2');
	g.fillText(word, x, y);
}

/** A line down from an octagon, the shape of what fails. Words of neighbours that would meet are left to the tooltip. */
export function drawMarks(u: uPlot, marks: readonly Mark[]): void {
	const { ctx: g, bbox } = u;
	const density = devicePixelRatio || 1;
	const outline = new Path2D(STATUS_OUTLINES.crit);
	const right = bbox.left + bbox.width;
	const seen = marks
		.map(({ at, word }) => ({ x: u.valToPos(at / 1000, 'x', true), word }))
		.filter(({ x }) => x >= bbox.left && x <= right);
	let free = bbox.left;
	for (const [i, { x, word }] of seen.entries()) {
		g.save();
		g.strokeStyle = token('--crit');
		g.lineWidth = density;
		g.setLineDash([3 * density, 3 * density]);
		g.beginPath();
		g.moveTo(x, bbox.top + 6 * density);
		g.lineTo(x, bbox.top + bbox.height);
		g.stroke();
		g.setLineDash([]);
		g.translate(x - 5 * density, bbox.top - 5 * density);
		g.scale((10 * density) / 12, (10 * density) / 12);
		g.fillStyle = token('--crit-fill');
		g.fill(outline);
		g.stroke(outline);
		g.restore();
		g.save();
		g.font = `${11 * density}px ${token('--font')}`;
		g.textAlign = 'left';
		g.textBaseline = 'alphabetic';
		const width = g.measureText(word).width;
		const end = i + 1 < seen.length ? (seen[i + 1] as { x: number }).x - 8 * density : right;
		const beside = x + 8 * density;
		// The last one may stand on its left.
		const left = beside + width <= end ? beside : end === right ? x - 8 * density - width : null;
		if (left !== null && left >= free) {
			withHalo(g, word, left, bbox.top + 4 * density, density);
			free = left + width + 12 * density;
		}
		free = Math.max(free, x + 8 * density);
		g.restore();
	}
}

/** Wide gaps say what they are, above grid and axes. */
export function nameGaps(u: uPlot, gaps: Gap[]): void {
	const density = devicePixelRatio || 1;
	for (const { from, to } of gaps) {
		const left = Math.max(u.bbox.left, u.valToPos(from / 1000, 'x', true));
		const right = Math.min(u.bbox.left + u.bbox.width, u.valToPos(to / 1000, 'x', true));
		if (right - left > 140 * density) drawWord(u, 'no samples', (left + right) / 2);
	}
}

/** A word in the middle of a wide gap, on a ground of its own. */
function drawWord({ ctx: g, bbox }: uPlot, word: string, x: number): void {
	const density = devicePixelRatio || 1;
	const y = bbox.top + bbox.height / 2;
	g.save();
	g.font = `${11 * density}px ${token('--font')}`;
	g.textAlign = 'center';
	g.textBaseline = 'middle';
	const width = g.measureText(word).width + 16 * density;
	g.fillStyle = token('--surface');
	g.fillRect(x - width / 2, y - 10 * density, width, 20 * density);
	g.fillStyle = token('--ink-3');
	g.fillText(word, x, y);
	g.restore();
}

/** @param step seconds */
export function drawHeat(u: uPlot, cells: HeatCell[], step: number, ramp: string[]): void {
	const times = u.data[0];
	const { ctx: g, bbox } = u;
	if (cells.length === 0 || times.length === 0) return;
	g.save();
	g.beginPath();
	g.rect(bbox.left, bbox.top, bbox.width, bbox.height);
	g.clip();
	for (const { column, low, high, heat } of cells) {
		const at = times[column] as number;
		const left = Math.round(u.valToPos(at - step, 'x', true));
		const right = Math.round(u.valToPos(at, 'x', true));
		const top = Math.round(u.valToPos(high, 'y', true));
		const bottom = Math.round(u.valToPos(low, 'y', true));
		g.fillStyle = ramp[heat] as string;
		g.fillRect(left, top, Math.max(1, right - left), Math.max(1, bottom - top));
	}
	g.restore();
}
