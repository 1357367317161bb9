/**
 * A take as Prometheus remote write 1.0 requests (prometheus.WriteRequest, protobuf).
 * Source: https://prometheus.io/docs/specs/prw/remote_write_spec/
 */

import protobuf from 'protobufjs/minimal.js';
import type { LabelPair, Labels } from './labels.ts';
import { RequestBuffer, varintBytes } from './request-buffer.ts';
import { DEFAULT_BOUND_LABELS, type Family, type MetricType, type Snapshot } from './snapshot.ts';

/** Series in one request. */
export const MAX_SERIES = 5_000;

const METADATA_TYPE: Record<MetricType, number> = { counter: 1, gauge: 2, histogram: 3 };

const TAG = {
	requestTimeseries: (1 << 3) | 2,
	requestMetadata: (3 << 3) | 2,
	seriesLabels: (1 << 3) | 2,
	seriesSamples: (2 << 3) | 2,
	labelName: (1 << 3) | 2,
	labelValue: (2 << 3) | 2,
	sampleValue: (1 << 3) | 1,
	sampleTimestamp: 2 << 3,
	metadataType: 1 << 3,
	metadataName: (2 << 3) | 2,
	metadataHelp: (4 << 3) | 2,
};

/** One series as it was last sent. */
interface SentSeries {
	/** Its labels, encoded. */
	labels: Uint8Array;
	/** Whether a receiver has seen it. */
	born: boolean;
}

export interface WriteRequest {
	/** Uncompressed protobuf. */
	body: Uint8Array;
	series: number;
}

export interface EncodedTake {
	/** Encoded one by one as they are asked for, so that only one is in memory. */
	requests: Iterable<WriteRequest>;
	/** To call once the requests are safe on disk: what they hold counts as seen. */
	commit(): void;
}

/**
 * Encodes takes one after the other. A counter's first sample is preceded by a 0 at the time of the take
 * before, because what a counter has when it appears happened since then, and `increase()` would not see it. Counters
 * of the kernel are left alone: what they have may be years old.
 */
export class RemoteWriteEncoder {
	/**
	 * By the labels that a collector gave and the family's name; a histogram has one entry per bucket, then sum and
	 * count. Bounded by the series that their owners keep: an entry goes with its Labels.
	 */
	readonly #sent = new WeakMap<Labels, Map<string, SentSeries[]>>();
	readonly #extra: readonly LabelPair[];
	#previousTime: number | undefined;

	/** @param extra labels on every series beside its own: `instance`, `job` */
	constructor(extra: readonly LabelPair[]) {
		this.#extra = extra;
	}

	encode(snapshot: Snapshot): EncodedTake {
		const born: SentSeries[] = [];
		const commit = () => {
			for (const sent of born) sent.born = true;
			this.#previousTime = snapshot.time;
		};
		return { requests: this.#requests(snapshot, born), commit };
	}

	*#requests(snapshot: Snapshot, born: SentSeries[]): Generator<WriteRequest> {
		const { time } = snapshot;
		const birthTime = Math.min(this.#previousTime ?? time - 1, time - 1);
		const buffer = new RequestBuffer();
		let series = 0;
		for (const family of snapshot.families()) {
			const metadata = encodeMetadata(family);
			let described = false;
			const counts = family.type !== 'gauge' && !family.keptByKernel;
			for (const { labels, values } of rows(family)) {
				if (series + values.length > MAX_SERIES) {
					yield { body: buffer.take(), series };
					series = 0;
					described = false;
				}
				if (!described) buffer.append(metadata);
				described = true;
				const sent = this.#series(family, labels, values.length);
				for (let i = 0; i < values.length; i++) {
					const { labels: bytes, born: known } = sent[i]!;
					if (!known) born.push(sent[i]!);
					const birth = !known && counts && values[i] !== 0;
					writeSeries(buffer, bytes, birth ? birthTime : undefined, time, values[i]!);
				}
				series += values.length;
			}
		}
		if (series > 0) yield { body: buffer.take(), series };
	}

	#series(family: Family, labels: Labels, count: number): SentSeries[] {
		let byFamily = this.#sent.get(labels);
		if (byFamily === undefined) {
			byFamily = new Map();
			this.#sent.set(labels, byFamily);
		}
		let sent = byFamily.get(family.name);
		if (sent === undefined) {
			sent = Array.from({ length: count }, (_, i) => ({
				labels: this.#encodeLabels(family, labels, i),
				born: false,
			}));
			byFamily.set(family.name, sent);
		}
		return sent;
	}

	/** @param index of the series among those of its row */
	#encodeLabels(family: Family, labels: Labels, index: number): Uint8Array {
		const pairs = [...seriesLabels(family, index), ...labels.pairs, ...this.#extra];
		// The specification wants names sorted and no empty values: those mean that the label is not there.
		const wanted = pairs.filter(([, value]) => value !== '').sort(([a], [b]) => (a < b ? -1 : 1));
		const writer = protobuf.Writer.create();
		for (const [name, value] of wanted) {
			writer.uint32(TAG.seriesLabels).fork();
			writer.uint32(TAG.labelName).string(name).uint32(TAG.labelValue).string(value).ldelim();
		}
		return writer.finish();
	}
}

/** Series with the same labels of a collector: one, or all of a histogram. */
function* rows(family: Family): Generator<{ labels: Labels; values: ArrayLike<number> }> {
	for (const { labels, value } of family.samples) yield { labels, values: [value] };
	for (const { labels, counts, sum } of family.histograms) {
		const values = new Float64Array(counts.length + 2);
		let count = 0;
		for (let i = 0; i < counts.length; i++) {
			count += counts[i]!;
			values[i] = count;
		}
		values[counts.length] = sum;
		values[counts.length + 1] = count;
		yield { labels, values };
	}
}

function seriesLabels(family: Family, index: number): LabelPair[] {
	if (family.type !== 'histogram') return [['__name__', family.name]];
	const bound = DEFAULT_BOUND_LABELS[index];
	if (bound !== undefined)
		return [
			['__name__', `${family.name}_bucket`],
			['le', bound],
		];
	return [['__name__', `${family.name}_${index === DEFAULT_BOUND_LABELS.length ? 'sum' : 'count'}`]];
}

/** Written as it lies on the wire, without an object per sample: a node may have tens of thousands of series. */
function writeSeries(
	buffer: RequestBuffer,
	labels: Uint8Array,
	birthTime: number | undefined,
	time: number,
	value: number,
): void {
	const birthBytes = birthTime === undefined ? 0 : 2 + sampleBytes(birthTime);
	buffer.byte(TAG.requestTimeseries);
	buffer.varint(labels.length + birthBytes + 2 + sampleBytes(time));
	buffer.append(labels);
	if (birthTime !== undefined) writeSample(buffer, birthTime, 0);
	writeSample(buffer, time, value);
}

/** Length of a sample: tag and double, tag and varint. */
function sampleBytes(time: number): number {
	return 9 + 1 + varintBytes(time);
}

function writeSample(buffer: RequestBuffer, time: number, value: number): void {
	buffer.byte(TAG.seriesSamples);
	buffer.varint(sampleBytes(time));
	buffer.byte(TAG.sampleValue);
	buffer.double(value);
	buffer.byte(TAG.sampleTimestamp);
	buffer.varint(time);
}

function encodeMetadata(family: Family): Uint8Array {
	const writer = protobuf.Writer.create();
	writer.uint32(TAG.requestMetadata).fork();
	writer.uint32(TAG.metadataType).int32(METADATA_TYPE[family.type]);
	writer.uint32(TAG.metadataName).string(family.name).uint32(TAG.metadataHelp).string(family.help).ldelim();
	return writer.finish();
}
