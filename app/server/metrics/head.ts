/** Samples of one series in the order in which they came. */
export class HeadSeries {
	timestamps = new Float64Array(4);
	values = new Float64Array(4);
	length = 0;

	push(timestamp: number, value: number): void {
		if (this.length === this.timestamps.length) {
			const timestamps = new Float64Array(this.length * 2);
			timestamps.set(this.timestamps);
			this.timestamps = timestamps;
			const values = new Float64Array(this.length * 2);
			values.set(this.values);
			this.values = values;
		}
		this.timestamps[this.length] = timestamp;
		this.values[this.length++] = value;
	}
}

/** Samples that are in the spool and not yet in the chunk table. Bound: the store cuts it at `maxSamples`. */
export class Head {
	readonly series = new Map<number, HeadSeries>();
	samples = 0;

	push(sid: number, timestamp: number, value: number): void {
		let series = this.series.get(sid);
		if (!series) {
			series = new HeadSeries();
			this.series.set(sid, series);
		}
		series.push(timestamp, value);
		this.samples++;
	}
}
