import type { ChunkCodec } from '../metrics/chunk-codec.ts';

/** A chunk codec without compression, for tests that are not about the codec: count u32, then (f64, f64) pairs. */
export const rawChunkCodec: ChunkCodec = {
	encode({ timestamps, values, sampleEnds }) {
		const ends = new Uint32Array(sampleEnds.length);
		const data = new Uint8Array(4 * sampleEnds.length + 16 * timestamps.length);
		const view = new DataView(data.buffer);
		let at = 0;
		let from = 0;
		for (const [i, to] of sampleEnds.entries()) {
			if (to - from < 1 || to - from > 256) throw new Error(`BUG: chunk of ${to - from} samples`);
			view.setUint32(at, to - from, true);
			at += 4;
			for (let s = from; s < to; s++, at += 16) {
				view.setFloat64(at, timestamps[s]!, true);
				view.setFloat64(at + 8, values[s]!, true);
			}
			ends[i] = at;
			from = to;
		}
		return { data, ends };
	},
	decode({ data, ends }) {
		const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
		const total = (data.length - 4 * ends.length) / 16;
		const timestamps = new Float64Array(total);
		const values = new Float64Array(total);
		const sampleEnds = new Uint32Array(ends.length);
		let n = 0;
		let at = 0;
		for (let i = 0; i < ends.length; i++) {
			const count = view.getUint32(at, true);
			at += 4;
			for (let k = 0; k < count; k++, at += 16, n++) {
				timestamps[n] = view.getFloat64(at, true);
				values[n] = view.getFloat64(at + 8, true);
			}
			sampleEnds[i] = n;
		}
		return { samples: { timestamps, values, sampleEnds }, refused: new Uint32Array(0) };
	},
};
