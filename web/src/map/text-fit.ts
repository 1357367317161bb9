/** Texts that were measured; forgotten all at once at the bound, because one redraw fills it again. */
const MOST = 8000;

/** Cuts texts to a width with an ellipsis, and remembers. */
export class TextFit {
	#memo = new Map<string, string>();

	/** @param width in the pixels of the context's present font */
	cut(g: CanvasRenderingContext2D, text: string, width: number): string {
		const key = `${text}|${Math.floor(width)}|${g.font}`;
		const known = this.#memo.get(key);
		if (known !== undefined) return known;
		if (this.#memo.size >= MOST) this.#memo.clear();
		const cut = this.#measure(g, text, width);
		this.#memo.set(key, cut);
		return cut;
	}

	#measure(g: CanvasRenderingContext2D, text: string, width: number): string {
		if (g.measureText(text).width <= width) return text;
		let low = 1;
		let high = text.length;
		while (low < high) {
			const middle = (low + high + 1) >> 1;
			if (g.measureText(`${text.slice(0, middle)}…`).width <= width) low = middle;
			else high = middle - 1;
		}
		return `${text.slice(0, low)}…`;
	}
}
