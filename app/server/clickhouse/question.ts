/** What one question of a page may do: read the database of its project, within the limits of the engine. */
export interface Question {
	readonly database: string;
	/** As `Engine.select`; ends when whoever asked is gone. */
	select<Row>(sql: string, params: Record<string, unknown>): Promise<Row[]>;
}

/** Conditions of a WHERE and the values of their places. */
export class Conditions {
	readonly #texts: string[] = [];
	readonly params: Record<string, unknown> = {};

	/** `text` is ours; what others said stands in `params` under the names of its places. */
	add(text: string, params: Record<string, unknown> = {}): this {
		this.#texts.push(text);
		Object.assign(this.params, params);
		return this;
	}

	/** Rows of [from, to), ms since the epoch. */
	between(from: number, to: number): this {
		return this.add(
			'timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND timestamp < fromUnixTimestamp64Milli({to:Int64})',
			{ from: Math.floor(from), to: Math.ceil(to) },
		);
	}

	services(names: readonly string[] | undefined): this {
		return names === undefined
			? this
			: this.add('service_name IN {services:Array(String)}', { services: names });
	}

	/** Each key has its value, in the attributes of the row or of its resource. */
	attributes(pairs: readonly AttributePair[] | undefined): this {
		for (const [i, { key, value }] of (pairs ?? []).entries()) {
			const holds = (map: string) =>
				`(mapContains(${map}, {key${i}:String}) AND ${map}[{key${i}:String}] = {value${i}:String})`;
			this.add(`(${holds('attributes')} OR ${holds('resource_attributes')})`, {
				[`key${i}`]: key,
				[`value${i}`]: value,
			});
		}
		return this;
	}

	get sql(): string {
		return this.#texts.length === 0 ? '1' : this.#texts.join(' AND ');
	}
}

export interface AttributePair {
	key: string;
	value: string;
}

/**
 * Starts of ranges that end at `to`, each wider, the last one is `from`: the newest rows are looked for in the narrow ones
 * first, so that what a busy table answers does not depend on the range.
 */
export function widening(from: number, to: number): number[] {
	const range = to - from;
	return [64, 8]
		.filter((part) => range / part >= MIN_WIDTH_MS)
		.map((part) => to - Math.ceil(range / part))
		.concat(from);
}

const MIN_WIDTH_MS = 60_000;
