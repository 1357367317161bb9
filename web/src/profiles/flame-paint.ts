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
	// Thousands of bars are as narrow as a px: a style is set where it changes, and a label is thought of where one fits.
	let [fill, dimmed] = ['', false];
	for (let i = 0; i < nodes.length; i++) {
		const [node, left, wide] = [nodes[i]!, lefts[i]!, wides[i]!];
		const y = flame.depths[node]! * ROW;
		const match = matches === null ? null : matches[flame.names[node]!] === 1;
		const look = barLook(node === 0, node === 0 ? '' : fillOf(node), match);
		if (look.dimmed !== dimmed) {
			dimmed = look.dimmed;
			context.globalAlpha = dimmed ? DIMMED : 1;
		}
		if (look.fill !== fill) {
			fill = look.fill;
			context.fillStyle = colour(fill);
		}
		context.fillRect(left, y, wide > 3 ? wide - 1 : wide, ROW - 1);
		const letters = Math.floor((wide - 2 * PADDING) / letterPx);
		if (letters < LEAST_LETTERS) continue;
		context.globalAlpha = 1;
		context.fillStyle = colour(look.ink);
		const name =
			node === 0 ? `all, ${formatValue(flame.total, flame.unit)}` : flame.strings[flame.names[node]!]!;
		context.fillText(frameLabel(name, letters), left + PADDING, y + ROW / 2);
		[fill, dimmed] = ['', false];
	}
	context.globalAlpha = 1;
	if (outlined === null) return;
	const { left, wide } = barOf(view, outlined);
	context.strokeStyle = colour('--ink');
	context.lineWidth = 2;
	context.strokeRect(left + 1, flame.depths[outlined]! * ROW + 1, Math.max(2, wide - 3), ROW - 3);
}
