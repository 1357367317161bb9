// Reading ClickHouse RowBinary by the types of its columns, for tests: written from the format's description alone.

/** Values by column name, row by row; 64-bit numbers as bigint, maps as lists of pairs. Throws when bytes are left or missing. */
export function readRowBinary(
	block: Uint8Array,
	columns: readonly { name: string; type: string }[],
): Record<string, unknown>[] {
	const reader = new Reader(block);
	const rows: Record<string, unknown>[] = [];
	while (!reader.done) {
		const row: Record<string, unknown> = {};
		for (const { name, type } of columns) row[name] = reader.value(type);
		rows.push(row);
	}
	return rows;
}

/** The parts of a type's parentheses, split at the outer commas. */
function parts(type: string): string[] {
	const inner = type.slice(type.indexOf('(') + 1, -1);
	const found: string[] = [];
	let depth = 0;
	let from = 0;
	for (let i = 0; i < inner.length; i++) {
		if (inner[i] === '(') depth++;
		else if (inner[i] === ')') depth--;
		else if (inner[i] === ',' && depth === 0) {
			found.push(inner.slice(from, i).trim());
			from = i + 1;
		}
	}
	return [...found, inner.slice(from).trim()];
}

class Reader {
	readonly #bytes: Uint8Array;
	readonly #view: DataView;
	#at = 0;

	constructor(bytes: Uint8Array) {
		this.#bytes = bytes;
		this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	}

	get done(): boolean {
		return this.#at === this.#bytes.length;
	}

	value(type: string): unknown {
		if (type === 'String' || type === 'LowCardinality(String)') return this.#text();
		if (type === 'UInt8' || type.startsWith('Enum8(')) return this.#view.getUint8(this.#skip(1));
		if (type === 'UInt32') return this.#view.getUint32(this.#skip(4), true);
		if (type === 'Int64') return this.#view.getBigInt64(this.#skip(8), true);
		if (type === 'UInt64') return this.#view.getBigUint64(this.#skip(8), true);
		if (type === 'DateTime64(9)') return this.#view.getBigInt64(this.#skip(8), true);
		if (type.startsWith('Map(')) {
			const [key, value] = parts(type) as [string, string];
			return this.#many(() => [this.value(key), this.value(value)]);
		}
		if (type.startsWith('Array(')) {
			const [item] = parts(type) as [string];
			return this.#many(() => this.value(item));
		}
		if (type.startsWith('Tuple(')) {
			return Object.fromEntries(
				parts(type).map((part) => {
					const space = part.indexOf(' ');
					return [part.slice(0, space), this.value(part.slice(space + 1))];
				}),
			);
		}
		throw new Error(`BUG: no reader for ${type}`);
	}

	#many<T>(read: () => T): T[] {
		const count = this.#length();
		const items: T[] = [];
		for (let i = 0; i < count; i++) items.push(read());
		return items;
	}

	#text(): string {
		const size = this.#length();
		const at = this.#skip(size);
		return new TextDecoder().decode(this.#bytes.subarray(at, at + size));
	}

	#length(): number {
		let value = 0;
		for (let shift = 0; ; shift += 7) {
			const byte = this.#view.getUint8(this.#skip(1));
			value += (byte & 0x7f) * 2 ** shift;
			if (byte < 0x80) return value;
		}
	}

	#skip(size: number): number {
		const at = this.#at;
		if (at + size > this.#bytes.length) throw new Error(`cut at ${at}: ${size} bytes wanted`);
		this.#at += size;
		return at;
	}
}
