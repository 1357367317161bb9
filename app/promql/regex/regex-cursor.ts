/** Where one is in the text of an expression. */
export class RegexCursor {
	readonly text: string;
	at = 0;

	constructor(text: string) {
		this.text = text;
	}

	get rest(): string {
		return this.text.slice(this.at);
	}

	get char(): string | undefined {
		return this.text[this.at];
	}

	get ended(): boolean {
		return this.at >= this.text.length;
	}
}
