import { type ChunkCodec, HOUR_MS, MAX_CHUNK_SAMPLES } from './chunk-codec.ts';
import type { ChunkRows } from './chunk-table.ts';

/** Chunks that go through the codec in one call. */
const CALL_CHUNKS = 4096;

/** Cuts samples into chunks of one series and hour, at most 256 samples each, and encodes them in large calls. */
export class ChunkBuilder {
	readonly #codec: ChunkCodec;
	readonly #version: number;
	#sids: number[] = [];
	#hours: number[] = [];
	#packed: Uint8Array[] = [];
	#lengths: number[] = [];
	#timestamps = new Float64Array(CALL_CHUNKS);
	#values = new Float64Array(CALL_CHUNKS);
	#sampleEnds: number[] = [];
	#samples = 0;

	constructor(codec: ChunkCodec, version: number) {
		this.#codec = codec;
		this.#version = version;
	}

	/** Samples of one series, in rising time order without doubles, of any number of hours. */
	add(sid: number, timestamps: Float64Array, values: Float64Array): void {
		let i = 0;
		while (i < timestamps.length) {
			const hour = Math.floor(timestamps[i]! / HOUR_MS);
			const start = hour * HOUR_MS;
			let n = 0;
			while (i < timestamps.length && n < MAX_CHUNK_SAMPLES && timestamps[i]! < start + HOUR_MS) {
				if (this.#samples === this.#timestamps.length) this.#grow();
				this.#timestamps[this.#samples] = timestamps[i]! - start;
				this.#values[this.#samples++] = values[i]!;
				i++;
				n++;
			}
			this.#sids.push(sid);
			this.#hours.push(hour);
			this.#sampleEnds.push(this.#samples);
			if (this.#sampleEnds.length === CALL_CHUNKS) this.#encode();
		}
	}

	finish(): ChunkRows {
		this.#encode();
		let size = 0;
		for (const p of this.#packed) size += p.length;
		const data = new Uint8Array(size);
		let at = 0;
		for (const p of this.#packed) {
			data.set(p, at);
			at += p.length;
		}
		const ends = new Uint32Array(this.#lengths.length);
		let end = 0;
		for (const [i, n] of this.#lengths.entries()) {
			end += n;
			ends[i] = end;
		}
		return {
			sids: Uint32Array.from(this.#sids),
			hours: Uint32Array.from(this.#hours),
			versions: new Float64Array(ends.length).fill(this.#version),
			data,
			ends,
		};
	}

	#encode(): void {
		if (this.#sampleEnds.length === 0) return;
		const packed = this.#codec.encode({
			timestamps: this.#timestamps.subarray(0, this.#samples),
			values: this.#values.subarray(0, this.#samples),
			sampleEnds: Uint32Array.from(this.#sampleEnds),
		});
		this.#packed.push(packed.data);
		let last = 0;
		for (const end of packed.ends) {
			this.#lengths.push(end - last);
			last = end;
		}
		this.#sampleEnds = [];
		this.#samples = 0;
	}

	#grow(): void {
		const timestamps = new Float64Array(this.#timestamps.length * 2);
		timestamps.set(this.#timestamps);
		this.#timestamps = timestamps;
		const values = new Float64Array(this.#values.length * 2);
		values.set(this.#values);
		this.#values = values;
	}
}
