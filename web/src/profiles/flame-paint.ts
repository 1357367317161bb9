import type { ProfileFlame } from '../api/profile-types.ts';
import type { Drawing } from '../charts/canvas.ts';
import { changeColour, changeOf } from './flame.ts';
import { barOf, type FlameView, visibleBars } from './flame-bars.ts';
import { frameLabel, LEAST_LETTERS } from './frame-label.ts';
import { originOf } from './frame-origin.ts';
import { formatValue } from './profile-value.ts';

/** px */
export const ROW = 20;
const PADDING = 5;
/** Wider bars end a px before their neighbour. */
const GAP_FROM_PX = 3;
/** What rounding may leave between bars that touch. */
const TOUCHING_PX = 0.01;
/** Of what a search does not look for; its words are written in full. */
export const DIMMED = 0.28;

/** How a bar looks, as tokens. */
export interface BarLook {
	fill: string;
	ink: string;
	dimmed: boolean;
}

/** By node, the colour of what it belongs to, or of its change while comparing. */
export function fillsOf(flame: ProfileFlame): (node: number) => string {
	const { baseTotals } = flame;
	if (baseTotals) return (node) => changeColour(changeOf(flame, flame.totals[node]!, baseTotals[node]!));
	/** By name and file: there are far fewer than nodes. */
	const known = new Map<number, string>();
	return (node) => {
		const [name, file] = [flame.names[node]!, flame.files[node]!];
		const key = name * flame.strings.length + file;
		let found = known.get(key);
		if (found === undefined) {
			found = `--fl-${originOf(flame.strings[name]!, flame.strings[file]!)}`;
			known.set(key, found);
		}
		return found;
	};
}

/** `match`: null when nothing is looked for. */
export function barLook(isRoot: boolean, fill: string, match: boolean | null): BarLook {
	if (match) return { fill: '--fl-match', ink: '--fl-match-ink', dimmed: false };
	if (match === false) return { fill: isRoot ? '--sunk' : fill, ink: '--ink-2', dimmed: true };
	return isRoot ? { fill: '--sunk', ink: '--ink', dimmed: false } : { fill, ink: '--fl-ink', dimmed: false };
}

/** Draws what is seen. `matches` is by string, null when nothing is looked for; `outlined` is where the keys are. */
export function paintFlame(
	{ context, colour }: Drawing,
	view: FlameView,
	fillOf: (node: number) => string,
	matches: Uint8Array | null,
	outlined: number | null,
): void {
	const { flame } = view;
	context.font = `11px ${colour('--mono')}`;
	const letterPx = context.measureText('0').width;
	const { nodes, lefts, wides } = visibleBars(view);
	const rects = new Rectangles(context, colour);
	for (let i = 0; i < nodes.length; i++) {
		const [node, left, wide] = [nodes[i]!, lefts[i]!, wides[i]!];
		const depth = flame.depths[node]!;
		const match = matches === null ? null : matches[flame.names[node]!] === 1;
		const look = barLook(node === 0, node === 0 ? '' : fillOf(node), match);
		rects.add(depth, left, wide, look);
		const letters = Math.floor((wide - 2 * PADDING) / letterPx);
		if (letters < LEAST_LETTERS) continue;
		const name =
			node === 0 ? `all, ${formatValue(flame.total, flame.unit)}` : flame.strings[flame.names[node]!]!;
		rects.label(depth, left, frameLabel(name, letters), look);
	}
	rects.end();
	if (outlined === null) return;
	const { left, wide } = barOf(view, outlined);
	context.strokeStyle = colour('--ink');
	context.lineWidth = 2;
	context.strokeRect(left + 1, flame.depths[outlined]! * ROW + 1, Math.max(2, wide - 3), ROW - 3);
}

interface Run {
	left: number;
	right: number;
	look: BarLook;
}

/**
 * Bars on their way to the canvas. Those too narrow for a gap beside them are as one where they touch and look alike: of
 * fifty thousand nodes thousands are as wide as a px, and each rectangle costs.
 */
class Rectangles {
	#context: CanvasRenderingContext2D;
	#colour: (name: string) => string;
	/** By row, the narrow bars that the next one may add to. */
	#runs: (Run | undefined)[] = [];
	#labels: { row: number; left: number; text: string; look: BarLook }[] = [];
	#fill = '';
	#dimmed: boolean | null = null;

	constructor(context: CanvasRenderingContext2D, colour: (name: string) => string) {
		this.#context = context;
		this.#colour = colour;
	}

	/** Bars of a row come from left to right. */
	add(row: number, left: number, wide: number, look: BarLook): void {
		if (wide > GAP_FROM_PX) {
			this.#draw(row, left, wide - 1, look);
			return;
		}
		const run = this.#runs[row];
		const alike = run !== undefined && run.look.fill === look.fill && run.look.dimmed === look.dimmed;
		if (alike && left - run.right < TOUCHING_PX) {
			run.right = left + wide;
			return;
		}
		if (run) this.#draw(row, run.left, run.right - run.left, run.look);
		this.#runs[row] = { left, right: left + wide, look };
	}

	label(row: number, left: number, text: string, look: BarLook): void {
		this.#labels.push({ row, left, text, look });
	}

	/** Draws what is left, and the labels in full strength on top. */
	end(): void {
		for (const [row, run] of this.#runs.entries())
			if (run) this.#draw(row, run.left, run.right - run.left, run.look);
		this.#context.globalAlpha = 1;
		for (const { row, left, text, look } of this.#labels) {
			this.#context.fillStyle = this.#colour(look.ink);
			this.#context.fillText(text, left + PADDING, row * ROW + ROW / 2);
		}
	}

	#draw(row: number, left: number, wide: number, { fill, dimmed }: BarLook): void {
		if (dimmed !== this.#dimmed) {
			this.#dimmed = dimmed;
			this.#context.globalAlpha = dimmed ? DIMMED : 1;
		}
		if (fill !== this.#fill) {
			this.#fill = fill;
			this.#context.fillStyle = this.#colour(fill);
		}
		this.#context.fillRect(left, row * ROW, wide, ROW - 1);
	}
}
