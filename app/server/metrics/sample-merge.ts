/**
 * Collects samples of one series from several sources, the later source winning where timestamps meet, and hands
 * them out in time order. Reused from series to series.
 */
export class SampleMerge {
	#timestamps = new Float64Array(1024);
	#values = new Float64Array(1024);
	#length = 0;
	#sorted = true;

	clear(): void {
		this.#length = 0;
		this.#sorted = true;
	}

	get length(): number {
		return this.#length;
	}

	push(timestamp: number, value: number): void {
		const n = this.#length;
		if (n > 0) {
			const last = this.#timestamps[n - 1]!;
			if (timestamp === last && this.#sorted) {
				this.#values[n - 1] = value;
				return;
			}
			if (timestamp < last) this.#sorted = false;
		}
		if (n === this.#timestamps.length) {
			const timestamps = new Float64Array(n * 2);
			timestamps.set(this.#timestamps);
			this.#timestamps = timestamps;
			const values = new Float64Array(n * 2);
			values.set(this.#values);
			this.#values = values;
		}
		this.#timestamps[n] = timestamp;
		this.#values[n] = value;
		this.#length++;
	}

	/** Views on the merged samples, valid until the next push or clear. */
	result(): { timestamps: Float64Array; values: Float64Array } {
		if (!this.#sorted) this.#sort();
		return {
			timestamps: this.#timestamps.subarray(0, this.#length),
			values: this.#values.subarray(0, this.#length),
		};
	}

	#sort(): void {
		const n = this.#length;
		const t = this.#timestamps.slice(0, n);
		const v = this.#values.slice(0, n);
		// A stable order, so that of equal timestamps the one that came last stays last.
		const order = Uint32Array.from(t, (_, i) => i).sort((a, b) => t[a]! - t[b]! || a - b);
		let out = 0;
		for (const i of order) {
			if (out > 0 && this.#timestamps[out - 1] === t[i]) out--;
			this.#timestamps[out] = t[i]!;
			this.#values[out++] = v[i]!;
		}
		this.#length = out;
		this.#sorted = true;
	}
}
