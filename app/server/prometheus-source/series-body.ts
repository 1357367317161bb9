import type { ColumnsInput } from '../../../core-as/facade/index.ts';
import { ServerError } from '../errors.ts';

/** The part of the core's Codec that a body needs. */
export interface BodyCodec {
	encodeRemoteWrite(columns: ColumnsInput, body: Uint8Array): Uint8Array;
}

/** Bounds of one answer: 64 MB of times and values, 32 MB of texts. */
const MAX_SAMPLES = 4_000_000;
const MAX_TEXT = 32 * 1024 * 1024;

/** Stands for a stale marker among values that are NaN otherwise; the bits are written at the end. */
export const STALE = Symbol('stale');

/** Collects the series of an answer in JSON, to become a prometheus.WriteRequest as remote read gives one. */
export class SeriesBody {
	readonly #encoder = new TextEncoder();
	readonly #texts = new Map<string, { at: number; bytes: Uint8Array }>();
	#textBytes = 0;
	readonly #labelEnds: number[] = [];
	readonly #labelRefs: number[] = [];
	readonly #sampleEnds: number[] = [];
	readonly #timestamps: number[] = [];
	readonly #values: number[] = [];
	readonly #stale: number[] = [];

	/** Samples so far. */
	get samples(): number {
		return this.#timestamps.length;
	}

	/** Adds a sample to the series that `close` will end. Throws CXR_SOURCE_TOO_MUCH at the bound. */
	sample(time: number, value: number | typeof STALE): void {
		if (this.#timestamps.length === MAX_SAMPLES)
			throw new ServerError('CXR_SOURCE_TOO_MUCH', `Over ${MAX_SAMPLES} samples in one answer.`);
		if (value === STALE) this.#stale.push(this.#timestamps.length);
		this.#timestamps.push(time);
		this.#values.push(value === STALE ? Number.NaN : value);
	}

	/** Ends a series: it owns the samples since the one before. A series without samples leaves nothing. */
	close(labels: Readonly<Record<string, string>>): void {
		const before = this.#sampleEnds.at(-1) ?? 0;
		if (this.#timestamps.length === before) return;
		// Few labels: by code units is by bytes, save for names beyond the BMP, and the decoder sorts again.
		for (const name of Object.keys(labels).sort()) {
			this.#text(name);
			this.#text(labels[name]!);
		}
		this.#labelEnds.push(this.#labelRefs.length / 4);
		this.#sampleEnds.push(this.#timestamps.length);
	}

	#text(text: string): void {
		let known = this.#texts.get(text);
		if (!known) {
			const bytes = this.#encoder.encode(text);
			known = { at: this.#textBytes, bytes };
			this.#textBytes += bytes.length;
			if (this.#textBytes > MAX_TEXT)
				throw new ServerError('CXR_SOURCE_TOO_MUCH', `Over ${MAX_TEXT} bytes of labels in one answer.`);
			this.#texts.set(text, known);
		}
		this.#labelRefs.push(known.at, known.bytes.length);
	}

	/** A prometheus.WriteRequest, uncompressed. */
	encode(codec: BodyCodec): Uint8Array {
		const body = new Uint8Array(this.#textBytes);
		for (const { at, bytes } of this.#texts.values()) body.set(bytes, at);
		const values = Float64Array.from(this.#values);
		const words = new Uint32Array(values.buffer);
		for (const i of this.#stale) {
			words[2 * i] = 2;
			words[2 * i + 1] = 0x7ff00000;
		}
		return codec.encodeRemoteWrite(
			{
				labelEnds: Uint32Array.from(this.#labelEnds),
				labelRefs: Uint32Array.from(this.#labelRefs),
				sampleEnds: Uint32Array.from(this.#sampleEnds),
				timestamps: Float64Array.from(this.#timestamps),
				values,
				text: new Uint8Array(0),
				startTimestamps: new Float64Array(0),
			},
			body,
		);
	}
}

/** The labels of a series out of JSON, or null when they are none. */
export function labelsOf(value: unknown): Readonly<Record<string, string>> | null {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
	for (const text of Object.values(value)) if (typeof text !== 'string') return null;
	return value as Record<string, string>;
}
