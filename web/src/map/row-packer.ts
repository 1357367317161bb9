/** Puts boxes into rows. Ours, because a layout over all namespaces at once costs seconds and moves everything. */

export interface Size {
	id: string;
	width: number;
	height: number;
}

export interface Placed extends Size {
	x: number;
	y: number;
}

export interface Packing {
	placed: Placed[];
	width: number;
	height: number;
	/** Ids, row by row: handed back to keep what is where it is. */
	rows: string[][];
}

export interface PackOptions {
	/** Width over height of the surface to fill. */
	aspect: number;
	gap: number;
	/** The rows of an earlier packing: boxes stay in their rows, new ones are put where they fit best. */
	rows?: string[][];
}

/** How many row widths are tried; more boxes than this only make the trial coarser. */
const TRIALS = 240;

/** Rows of boxes in the given order. Of the ways to break the order into rows, the one that shows largest. */
export function packRows(boxes: Size[], { aspect, gap, rows }: PackOptions): Packing {
	if (boxes.length === 0) return { placed: [], width: 0, height: 0, rows: [] };
	const byId = new Map(boxes.map((box) => [box.id, box]));
	const kept = rows?.map((row) => row.filter((id) => byId.has(id))).filter((row) => row.length > 0);
	const choices = kept?.length ? growRows(boxes, kept) : breakRows(boxes, gap);
	let best: Packing | null = null;
	let bestScale = 0;
	for (const choice of choices) {
		const packing = place(
			choice.map((row) => row.map((id) => byId.get(id) as Size)),
			gap,
		);
		const scale = Math.min(aspect / packing.width, 1 / packing.height);
		if (best && scale <= bestScale) continue;
		best = packing;
		bestScale = scale;
	}
	return best as Packing;
}

/** Rows filled greedily up to each width that makes a difference. */
function breakRows(boxes: Size[], gap: number): string[][][] {
	const widths = new Set<number>();
	for (let i = 0; i < boxes.length; i++) {
		let width = -gap;
		for (let j = i; j < boxes.length; j++) {
			width += (boxes[j] as Size).width + gap;
			widths.add(width);
		}
	}
	const widest = Math.max(...boxes.map((box) => box.width));
	const usable = [...widths].filter((width) => width >= widest).sort((a, b) => a - b);
	const step = Math.max(1, Math.ceil(usable.length / TRIALS));
	return usable
		.filter((_, i) => i % step === 0 || i === usable.length - 1)
		.map((limit) => fill(boxes, gap, limit));
}

function fill(boxes: Size[], gap: number, limit: number): string[][] {
	const rows: string[][] = [];
	let width = Number.POSITIVE_INFINITY;
	for (const box of boxes) {
		if (width + gap + box.width > limit) {
			rows.push([]);
			width = -gap;
		}
		(rows.at(-1) as string[]).push(box.id);
		width += gap + box.width;
	}
	return rows;
}

/** The kept rows with each new box at the end of one of them or in a row of its own. One choice at a time, so few trials. */
function growRows(boxes: Size[], kept: string[][]): string[][][] {
	const known = new Set(kept.flat());
	const fresh = boxes.filter((box) => !known.has(box.id)).map((box) => box.id);
	if (fresh.length === 0) return [kept];
	const last = kept.length - 1;
	return [
		kept.map((row, i) => (i === last ? [...row, ...fresh] : row)),
		[...kept, fresh],
		...kept.map((_, at) => kept.map((row, i) => (i === at ? [...row, ...fresh] : row))),
	];
}

/** Boxes of one row share the height of the tallest. */
function place(rows: Size[][], gap: number): Packing {
	const placed: Placed[] = [];
	let y = 0;
	let width = 0;
	for (const row of rows) {
		const height = Math.max(...row.map((box) => box.height));
		let x = 0;
		for (const box of row) {
			placed.push({ id: box.id, x, y, width: box.width, height });
			x += box.width + gap;
		}
		width = Math.max(width, x - gap);
		y += height + gap;
	}
	return { placed, width, height: y - gap, rows: rows.map((row) => row.map((box) => box.id)) };
}
