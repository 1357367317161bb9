/** Lines of one source with the nanosecond at which each was read from its pipe, as container runtimes stamp them. */
export interface LineLog {
	service: string;
	/** Without line ends. */
	bytes: Uint8Array;
	/** Ends of the lines in `bytes`. */
	ends: Uint32Array;
	/** ns since the epoch. */
	times: BigInt64Array;
}

const NEWLINE = 10;

/** Takes what a pipe gives until `limit` lines are there; what comes after is dropped. */
export class LineCollector {
	readonly #service: string;
	readonly #bytes: Uint8Array;
	readonly #ends: Uint32Array;
	readonly #times: BigInt64Array;
	#size = 0;
	#lines = 0;
	#lineStart = 0;

	constructor(service: string, limit: number, maxBytes: number) {
		this.#service = service;
		this.#bytes = new Uint8Array(maxBytes);
		this.#ends = new Uint32Array(limit);
		this.#times = new BigInt64Array(limit);
	}

	get lines(): number {
		return this.#lines;
	}

	get full(): boolean {
		return this.#lines === this.#ends.length;
	}

	add(chunk: Uint8Array): void {
		let start = 0;
		while (!this.full) {
			const end = chunk.indexOf(NEWLINE, start);
			const part = chunk.subarray(start, end < 0 ? chunk.length : end);
			if (this.#size + part.length > this.#bytes.length)
				throw new Error('BUG: the lines are longer than thought');
			this.#bytes.set(part, this.#size);
			this.#size += part.length;
			if (end < 0) return;
			start = end + 1;
			// Agents send no empty lines.
			if (this.#size === this.#lineStart) continue;
			this.#lineStart = this.#size;
			this.#ends[this.#lines] = this.#size;
			this.#times[this.#lines++] = nowNanos();
		}
	}

	take(): LineLog {
		return {
			service: this.#service,
			bytes: this.#bytes.subarray(0, this.#lineStart),
			ends: this.#ends.subarray(0, this.#lines),
			times: this.#times.subarray(0, this.#lines),
		};
	}
}

const START = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();

function nowNanos(): bigint {
	return START + process.hrtime.bigint();
}
