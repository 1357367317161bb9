/** Tokens of the palette, in the order in which they are handed out; from the seventh on lines are dashed, too. */
const COLOURS = 12;
const DASHED_FROM = 7;

/** Hands out colours by name: a series keeps its own while the page is open. Bounded by the names of one chart's life. */
export class SeriesColours {
	readonly #numbers = new Map<string, number>();

	of(name: string): { colour: string; dash?: number[] } {
		let number = this.#numbers.get(name);
		if (number === undefined) {
			number = this.#numbers.size % COLOURS;
			this.#numbers.set(name, number);
		}
		const colour = `--s${number + 1}`;
		return number + 1 >= DASHED_FROM ? { colour, dash: [5, 3] } : { colour };
	}
}
