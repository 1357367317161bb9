/** Which containers are looked at: regular expressions on the id, not anchored; deny wins. */
export class ContainerFilter {
	readonly #allow: RegExp[];
	readonly #deny: RegExp[];

	constructor(allow: RegExp[] = [], deny: RegExp[] = []) {
		this.#allow = allow;
		this.#deny = deny;
	}

	accepts(id: string): boolean {
		if (this.#deny.some((pattern) => pattern.test(id))) return false;
		return this.#allow.length === 0 || this.#allow.some((pattern) => pattern.test(id));
	}
}
