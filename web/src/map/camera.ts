import { NODE_WIDTH } from './namespace-layout.ts';

export interface Rect {
	x: number;
	y: number;
	width: number;
	height: number;
}

/** Room that is covered by something else, screen pixels. */
export interface Insets {
	top: number;
	right: number;
	bottom: number;
	left: number;
}

export type Level = 'near' | 'mid' | 'far';

const SMALLEST = 0.04;
const LARGEST = 2.2;

/** What part of the map is on the screen: screen = map * scale + offset. */
export class Camera {
	scale = 1;
	x = 0;
	y = 0;
	width = 0;
	height = 0;

	/** By the width of a node on screen: figures, names, or only glyphs. */
	get level(): Level {
		const width = NODE_WIDTH * this.scale;
		if (width >= 96) return 'near';
		return width >= 62 ? 'mid' : 'far';
	}

	/** Shows the whole rectangle, in the middle, never larger than 1.25. */
	fit(rect: Rect, insets: Insets): void {
		const width = Math.max(1, this.width - insets.left - insets.right);
		const height = Math.max(1, this.height - insets.top - insets.bottom);
		this.scale = clamp(Math.min(1.25, width / rect.width, height / rect.height));
		this.x = insets.left + (width - rect.width * this.scale) / 2 - rect.x * this.scale;
		this.y = insets.top + (height - rect.height * this.scale) / 2 - rect.y * this.scale;
	}

	/** Keeps the point under the pointer where it is. */
	zoom(factor: number, atX = this.width / 2, atY = this.height / 2): void {
		const scale = clamp(this.scale * factor);
		this.x = atX - ((atX - this.x) * scale) / this.scale;
		this.y = atY - ((atY - this.y) * scale) / this.scale;
		this.scale = scale;
	}

	/** Moves as little as needed to bring the rectangle into view. Returns whether it moved. */
	reveal(rect: Rect, insets: Insets): boolean {
		const left = rect.x * this.scale + this.x;
		const top = rect.y * this.scale + this.y;
		const right = left + rect.width * this.scale;
		const bottom = top + rect.height * this.scale;
		const dx = shift(left, right, insets.left, this.width - insets.right);
		const dy = shift(top, bottom, insets.top, this.height - insets.bottom);
		this.x += dx;
		this.y += dy;
		return dx !== 0 || dy !== 0;
	}

	/** From screen to map. */
	toMap(x: number, y: number): [number, number] {
		return [(x - this.x) / this.scale, (y - this.y) / this.scale];
	}

	/** The part of the map that is on screen. */
	get view(): Rect {
		const [x, y] = this.toMap(0, 0);
		return { x, y, width: this.width / this.scale, height: this.height / this.scale };
	}
}

const clamp = (scale: number) => Math.max(SMALLEST, Math.min(LARGEST, scale));

function shift(start: number, end: number, low: number, high: number): number {
	if (start < low) return low - start;
	if (end > high) return Math.max(high - end, low - start);
	return 0;
}

export const overlaps = (a: Rect, b: Rect) =>
	a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
