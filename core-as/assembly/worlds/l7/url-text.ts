// Text of requests as URLs: bytes that stand in no URL become %XX, so that the text is ASCII whatever was sent.

const QUESTION: u32 = 0x3f;
const EQUALS: u32 = 0x3d;
const AND: u32 = 0x26;
const HASH: u32 = 0x23;

/** Room that is kept for what may follow the bound: one redacted value and the dots. */
const WIDEST: usize = 16;
const DOTS = '...';

/** A text of bounded length under construction. */
@unmanaged
export class Text {
	start: usize;
	end: usize;
	limit: usize;

	open(start: usize, size: usize): void {
		this.start = start;
		this.end = start;
		this.limit = start + size - WIDEST;
	}

	size(): usize {
		return this.end - this.start;
	}

	/** ASCII of the program's own. */
	word(word: string): void {
		const from = changetype<usize>(word);
		for (let i = 0; i < word.length; i++) store<u8>(this.end++, <u8>load<u16>(from + ((<usize>i) << 1)));
	}

	number(value: u32): void {
		if (value >= 10) this.number(value / 10);
		store<u8>(this.end++, <u8>(0x30 + (value % 10)));
	}

	hexadecimal(value: u32): void {
		if (value >= 16) this.hexadecimal(value >> 4);
		const digit = value & 15;
		store<u8>(this.end++, <u8>(digit < 10 ? 0x30 + digit : 0x57 + digit));
	}

	/** One byte of somebody else's; false at the bound. */
	byte(byte: u32): bool {
		if (this.end > this.limit) return false;
		if (byte > 0x20 && byte < 0x7f) {
			store<u8>(this.end++, <u8>byte);
			return true;
		}
		store<u8>(this.end++, 0x25);
		upperHex(this.end, byte);
		this.end += 2;
		return true;
	}

	bytes(from: usize, size: usize): void {
		for (let i: usize = 0; i < size; i++) {
			if (!this.byte(<u32>load<u8>(from + i))) {
				this.word(DOTS);
				return;
			}
		}
	}

	/**
	 * Path and query from `from`. Unless `keepQuery`, every value of the query becomes REDACTED; a part without a
	 * name is a value. `cut`: the target went on.
	 */
	target(from: usize, size: usize, keepQuery: bool, cut: bool): void {
		const end = from + size;
		let p = from;
		for (; p < end; p++) {
			const byte = <u32>load<u8>(p);
			if (byte === QUESTION && !keepQuery) break;
			if (byte === HASH) return;
			if (!this.byte(byte)) {
				this.word(DOTS);
				return;
			}
		}
		if (p < end && !this.query(p + 1, end)) cut = true;
		if (cut) this.word(DOTS);
	}

	/** `?` and the names of a query; false at the bound. */
	private query(from: usize, end: usize): bool {
		this.word('?');
		let p = from;
		while (p < end) {
			let part = p;
			while (part < end && <u32>load<u8>(part) !== AND && <u32>load<u8>(part) !== HASH) part++;
			const name = p;
			while (p < part && <u32>load<u8>(p) !== EQUALS) p++;
			if (p < part) {
				for (let q = name; q <= p; q++) if (!this.byte(<u32>load<u8>(q))) return false;
			}
			if (this.end > this.limit) return false;
			if (part > name && p + 1 !== part) this.word('REDACTED');
			if (part === end || <u32>load<u8>(part) === HASH) return true;
			if (!this.byte(AND)) return false;
			p = part + 1;
		}
		return true;
	}
}

function upperHex(to: usize, byte: u32): void {
	const high = byte >> 4;
	const low = byte & 15;
	store<u8>(to, <u8>(high < 10 ? 0x30 + high : 0x37 + high));
	store<u8>(to, <u8>(low < 10 ? 0x30 + low : 0x37 + low), 1);
}
