/**
 * A sum with the error that rounding made, as Neumaier improved on Kahan. It is added up in exactly Prometheus's steps, so
 * that results are the same to the bit.
 */
export class KahanSum {
	sum = 0;
	compensation = 0;

	reset(sum = 0, compensation = 0): void {
		this.sum = sum;
		this.compensation = compensation;
	}

	add(x: number): void {
		const { sum } = this;
		const t = sum + x;
		if (t > Number.MAX_VALUE || t < -Number.MAX_VALUE) this.compensation = 0;
		else if (Math.abs(sum) >= Math.abs(x)) this.compensation += sum - t + x;
		else this.compensation += x - t + sum;
		this.sum = t;
	}

	get total(): number {
		return this.sum + this.compensation;
	}

	/** The same, but an infinite sum is not spoilt. */
	get finiteTotal(): number {
		return isInfinite(this.sum) ? this.sum : this.sum + this.compensation;
	}
}

export function isInfinite(x: number): boolean {
	return x === Number.POSITIVE_INFINITY || x === Number.NEGATIVE_INFINITY;
}
