export interface TestSeries {
	labels: Record<string, string>;
	/** [ms since the epoch, value] */
	samples: [number, number][];
}

/** A prometheus.WriteRequest as protobuf, uncompressed; labels sorted by name. */
export function remoteWriteBody(series: readonly TestSeries[]): Uint8Array {
	const out: number[] = [];
	const encoder = new TextEncoder();
	const varint = (to: number[], n: number) => {
		let rest = n;
		while (rest >= 128) {
			to.push((rest % 128) | 128);
			rest = Math.floor(rest / 128);
		}
		to.push(rest);
	};
	const field = (to: number[], tag: number, bytes: ArrayLike<number>) => {
		to.push(tag);
		varint(to, bytes.length);
		for (let i = 0; i < bytes.length; i++) to.push(bytes[i]!);
	};
	for (const { labels, samples } of series) {
		const one: number[] = [];
		for (const name of Object.keys(labels).sort()) {
			const label: number[] = [];
			field(label, 0x0a, encoder.encode(name));
			field(label, 0x12, encoder.encode(labels[name]!));
			field(one, 0x0a, label);
		}
		for (const [time, value] of samples) {
			const sample: number[] = [0x09, ...new Uint8Array(Float64Array.of(value).buffer), 0x10];
			varint(sample, time);
			field(one, 0x12, sample);
		}
		field(out, 0x0a, one);
	}
	return Uint8Array.from(out);
}
