import { type NativeHistograms, Scratch } from '../../../core-as/facade/index.ts';
import { RECORD_KIND, type SpoolRecord } from '../../delivery/record.ts';
import type { Logger } from '../../logging/logger.ts';
import { type BlockCodec, decodeMetricBlock } from '../ingest/metric-block.ts';
import { addTo } from '../stage.ts';
import type { MetadataFamilies } from './metadata-families.ts';
import type { SampleColumns } from './sample-head.ts';
import type { SeriesIndex } from './series-index.ts';

/** What a record of the spool holds. */
export interface RecordContent {
	/** Per series; below 0 it has none. */
	sids: number[];
	samples: SampleColumns;
	/** By series. */
	histograms: NativeHistograms | undefined;
}

/** Makes samples with the ids of their series out of records of the spool; series and families that are new join the index. */
export class RecordReader {
	readonly #codec: BlockCodec;
	readonly #index: SeriesIndex;
	readonly #families: MetadataFamilies;
	readonly #log: Logger;
	readonly #scratch = new Scratch();
	/** Samples and histograms, again when a record is read again. */
	received = 0;
	errors = 0;
	/** By reason. */
	readonly dropped: Record<string, number> = {};
	/** ms; null before the first. */
	lastSampleAt: number | null = null;

	constructor(o: { codec: BlockCodec; index: SeriesIndex; families: MetadataFamilies; log: Logger }) {
		this.#codec = o.codec;
		this.#index = o.index;
		this.#families = o.families;
		this.#log = o.log;
	}

	/** What a record holds until the next one is read, with the ids of its series (-1: over the bound); nothing when it cannot be read. */
	read(record: SpoolRecord): RecordContent | undefined {
		if (record.kind !== RECORD_KIND.metrics) {
			addTo(this.dropped, `kind ${record.kind}`, 1);
			return;
		}
		let block: ReturnType<typeof decodeMetricBlock>;
		try {
			block = decodeMetricBlock(record.payload, this.#codec, this.#scratch);
		} catch (e) {
			this.errors++;
			addTo(this.dropped, 'unreadable block', 1);
			this.#log.error('a metric block cannot be read, it is skipped', {
				error: String(e),
				...record.position,
			});
			return;
		}
		const series = new Uint32Array(block.timestamps.length);
		const { timestamps, values, histograms } = block;
		const sids: number[] = [];
		let taken = 0;
		let label = 0;
		let byte = 0;
		let sample = 0;
		for (let i = 0; i < block.sampleEnds.length; i++) {
			const endLabel = block.labelEnds[i]!;
			const endSample = block.sampleEnds[i]!;
			let endByte = byte;
			for (let l = 2 * label; l < 2 * endLabel; l++) endByte += block.labelLengths[l]!;
			const sid = this.#index.resolve(block, i, label, byte, endByte);
			sids.push(sid);
			const held = histograms ? histograms.ends[i]! - (i === 0 ? 0 : histograms.ends[i - 1]!) : 0;
			this.received += endSample - sample + held;
			if (sid < 0) addTo(this.dropped, 'series limit', endSample - sample + held);
			else {
				// Those of a series that has no id are closed up.
				timestamps.copyWithin(taken, sample, endSample);
				values.copyWithin(taken, sample, endSample);
				series.fill(sid, taken, taken + endSample - sample);
				this.#sawTimes(timestamps, taken, taken + endSample - sample);
				if (histograms)
					this.#sawTimes(histograms.timestamps, histograms.ends[i]! - held, histograms.ends[i]!);
				taken += endSample - sample;
			}
			label = endLabel;
			byte = endByte;
			sample = endSample;
		}
		for (const metadata of block.metadata ?? []) {
			if (!this.#families.set(metadata)) addTo(this.dropped, 'metadata limit', 1);
		}
		return {
			sids,
			samples: {
				series: series.subarray(0, taken),
				timestamps: timestamps.subarray(0, taken),
				values: values.subarray(0, taken),
			},
			histograms,
		};
	}

	#sawTimes(timestamps: Float64Array, from: number, to: number): void {
		for (let i = from; i < to; i++) {
			const time = timestamps[i]!;
			if (this.lastSampleAt === null || time > this.lastSampleAt) this.lastSampleAt = time;
		}
	}
}
