import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import type { Codec } from '../../core-as/facade/index.ts';
import type { BenchSeries } from './bench-series.ts';

export interface CorpusShape {
	/** First time, ms. */
	start: number;
	/** Distance of samples, ms. */
	interval: number;
	/** Samples of each series. */
	samples: number;
	/** ... in one body. */
	samplesPerBody: number;
	seriesPerBody: number;
}

/** Bodies of one stretch of time, in which their order does not matter. */
interface Stretch {
	start: number;
	bodies: { offset: number; length: number }[];
}

/** Remote-write bodies of a set of series, packed, in the order of time: in a file, since a day of them is large. */
export class Corpus {
	readonly samples: number;
	readonly #stretches: Stretch[];
	readonly #file: number;

	private constructor(file: number, stretches: Stretch[], samples: number) {
		this.#file = file;
		this.#stretches = stretches;
		this.samples = samples;
	}

	static write(path: string, codec: Codec, series: readonly BenchSeries[], shape: CorpusShape): Corpus {
		const file = openSync(path, 'w+');
		const groups = grouped(series, shape.seriesPerBody).map((group) => new BodyWriter(codec, group));
		const stretches: Stretch[] = [];
		let offset = 0;
		for (let from = 0; from < shape.samples; from += shape.samplesPerBody) {
			const count = Math.min(shape.samplesPerBody, shape.samples - from);
			const start = shape.start + from * shape.interval;
			const bodies = groups.map((group) => {
				const body = group.body(start, shape.interval, count);
				writeSync(file, body, 0, body.length, offset);
				offset += body.length;
				return { offset: offset - body.length, length: body.length };
			});
			stretches.push({ start, bodies });
		}
		return new Corpus(file, stretches, series.length * shape.samples);
	}

	/** Hands all bodies of the corpora out in the order of time, at most `atOnce` at a time. */
	static async send(
		corpora: readonly Corpus[],
		atOnce: number,
		post: (body: Uint8Array<ArrayBuffer>) => Promise<void>,
	): Promise<void> {
		const all = corpora.flatMap((it) => it.#stretches.map((stretch) => ({ ...stretch, file: it.#file })));
		for (const { bodies, file } of all.sort((a, b) => a.start - b.start)) {
			let next = 0;
			const worker = async () => {
				while (next < bodies.length) {
					const { offset, length } = bodies[next++]!;
					const body = new Uint8Array(length);
					readSync(file, body, 0, length, offset);
					await post(body);
				}
			};
			await Promise.all(Array.from({ length: atOnce }, worker));
		}
	}

	close(): void {
		closeSync(this.#file);
	}
}

/** Bodies of the same series one after the other: their labels are laid out once. */
class BodyWriter {
	readonly #codec: Codec;
	readonly #series: readonly BenchSeries[];
	readonly #labelEnds: Uint32Array;
	readonly #labelRefs: Uint32Array;
	readonly #text: Uint8Array;

	constructor(codec: Codec, series: readonly BenchSeries[]) {
		this.#codec = codec;
		this.#series = series;
		const parts = series.flatMap(({ labels }) => labels.flat());
		this.#text = new TextEncoder().encode(parts.join(''));
		let at = 0;
		this.#labelRefs = Uint32Array.from(
			parts.flatMap((part) => {
				at += part.length;
				return [at - part.length, part.length];
			}),
		);
		let label = 0;
		this.#labelEnds = Uint32Array.from(series, ({ labels }) => {
			label += labels.length;
			return label;
		});
	}

	body(start: number, interval: number, count: number): Uint8Array {
		const total = this.#series.length * count;
		const timestamps = new Float64Array(total);
		const values = new Float64Array(total);
		let at = 0;
		for (const { next } of this.#series) {
			for (let i = 0; i < count; i++) {
				timestamps[at] = start + i * interval;
				values[at++] = next();
			}
		}
		const plain = this.#codec.encodeRemoteWrite(
			{
				labelEnds: this.#labelEnds,
				labelRefs: this.#labelRefs,
				sampleEnds: Uint32Array.from(this.#series, (_, i) => (i + 1) * count),
				timestamps,
				values,
				text: new Uint8Array(0),
				startTimestamps: new Float64Array(0),
			},
			this.#text,
		);
		return this.#codec.snappyCompress(plain);
	}
}

function grouped<T>(items: readonly T[], size: number): T[][] {
	const out: T[][] = [];
	for (let at = 0; at < items.length; at += size) out.push(items.slice(at, at + size));
	return out;
}
