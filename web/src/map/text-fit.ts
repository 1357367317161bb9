/** Texts that were measured; forgotten all at once at the bound, because one redraw fills it again. */
const MOST = 8000;
const ELLIPSIS = '…';

/** Cuts texts to a width with an ellipsis, and remembers. */
export class TextFit {
	#memo = new Map<string, string>();

	/**
	 * The beginning of a text.
	 * @param width in the pixels of the context's present font
	 */
	cut(g: CanvasRenderingContext2D, text: string, width: number): string {
		return this.#remembered(g, text, width, 'cut', (kept) => `${text.slice(0, kept)}${ELLIPSIS}`);
	}

	/** Beginning and end of a name: what names of one system share is how they begin (`shop-api`, `shop-front`). */
	cutMiddle(g: CanvasRenderingContext2D, name: string, width: number): string {
		return this.#remembered(g, name, width, 'middle', (kept) => {
			const head = kept >> 1;
			return `${name.slice(0, head)}${ELLIPSIS}${name.slice(name.length - kept + head)}`;
		});
	}

	#remembered(
		g: CanvasRenderingContext2D,
		text: string,
		width: number,
		way: string,
		shortened: (kept: number) => string,
	): string {
		const key = `${way}|${text}|${Math.floor(width)}|${g.font}`;
		const known = this.#memo.get(key);
		if (known !== undefined) return known;
		if (this.#memo.size >= MOST) this.#memo.clear();
		const fits = (each: string) => g.measureText(each).width <= width;
		const fitted = fits(text) ? text : longest(text.length, shortened, fits);
		this.#memo.set(key, fitted);
		return fitted;
	}
}

/** Of at most `length` letters the most that fit; one where none does. */
function longest(
	length: number,
	shortened: (kept: number) => string,
	fits: (text: string) => boolean,
): string {
	let low = 1;
	let high = length;
	while (low < high) {
		const middle = (low + high + 1) >> 1;
		if (fits(shortened(middle))) low = middle;
		else high = middle - 1;
	}
	return shortened(low);
}
