import type { CoreModules } from '../../core-as/facade/component.ts';
import { createHead, type Head } from '../../core-as/facade/index.ts';
import { compare } from './clock.ts';

const SERIES = 20_000;
/** 5 minutes at 15 s: what a head holds between two cuts. */
const ROUNDS = 20;
const HOUR = 480_000;

/** Samples as a head in plain JavaScript keeps them: two arrays a series, which grow by doubling. */
class PlainSeries {
	timestamps = new Float64Array(4);
	values = new Float64Array(4);
	length = 0;

	push(timestamp: number, value: number): void {
		if (this.length === this.timestamps.length) {
			this.timestamps = doubled(this.timestamps);
			this.values = doubled(this.values);
		}
		this.timestamps[this.length] = timestamp;
		this.values[this.length++] = value;
	}
}

function doubled(old: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
	const grown = new Float64Array(old.length * 2);
	grown.set(old);
	return grown;
}

/** Appends to the component's head and cuts from it, beside plain JavaScript. Million samples a second. */
export function measureHeads(modules: CoreModules): string {
	const series = Uint32Array.from({ length: SERIES }, (_, i) => i + 1);
	const rounds = Array.from({ length: ROUNDS }, (_, round) => ({
		series,
		timestamps: new Float64Array(SERIES).fill(HOUR * 3_600_000 + round * 15_000),
		values: Float64Array.from(series, (number) => number * round),
	}));
	const cutAll = (head: Head) => {
		let chunks = 0;
		for (;;) {
			const { series } = head.cut(HOUR + 1, 8192);
			if (series.length === 0) return chunks;
			chunks += series.length;
		}
	};
	const head = createHead(modules, 64 << 20);
	const append = () => {
		for (const columns of rounds) head.append(columns);
	};
	append();
	const { bytes } = head.statistics();
	const micros = compare([
		{
			name: 'append and cut',
			run: () => {
				append();
				return cutAll(head);
			},
		},
		{
			name: 'plain append',
			run: () => {
				const plain = new Map<number, PlainSeries>();
				for (const { timestamps, values } of rounds) {
					for (let i = 0; i < SERIES; i++) {
						let found = plain.get(series[i]!);
						if (found === undefined) {
							found = new PlainSeries();
							plain.set(series[i]!, found);
						}
						found.push(timestamps[i]!, values[i]!);
					}
				}
				return plain.size;
			},
		},
	]);
	head.close();
	const rate = (name: string) => ((SERIES * ROUNDS) / micros[name]!).toFixed(0);
	return `head: append and cut ${rate('append and cut')} M samples/s, plain JS append alone ${rate('plain append')}; ${(bytes / (SERIES * ROUNDS)).toFixed(1)} B a sample in memory`;
}
