import { isInfinite, KahanSum } from './kahan-sum.ts';

/** A mean by one sum, and by steps once the sum would overflow. As Prometheus computes it. */
export class Mean {
	readonly #sum = new KahanSum();
	#count = 0;
	#incremental = false;

	reset(): void {
		this.#sum.reset();
		this.#count = 0;
		this.#incremental = false;
	}

	add(x: number): void {
		const sum = this.#sum;
		this.#count++;
		if (this.#count === 1) {
			sum.reset(x);
			return;
		}
		if (!this.#incremental) {
			const { sum: before, compensation } = sum;
			sum.add(x);
			if (!isInfinite(sum.sum)) return;
			// From here on `sum` is the mean of what came before.
			this.#incremental = true;
			sum.reset(before / (this.#count - 1), compensation / (this.#count - 1));
		}
		const q = (this.#count - 1) / this.#count;
		sum.reset(q * sum.sum, q * sum.compensation);
		sum.add(x / this.#count);
	}

	get value(): number {
		const { sum, compensation } = this.#sum;
		return this.#incremental ? sum + compensation : sum / this.#count + compensation / this.#count;
	}
}
