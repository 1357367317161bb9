/**
 * A take as Prometheus remote write 1.0 requests (prometheus.WriteRequest, protobuf).
 * Source: https://prometheus.io/docs/specs/prw/remote_write_spec/
 */

import protobuf from 'protobufjs/minimal.js';
import type { Labels } from './labels.ts';
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
	requests: WriteRequest[];
	/** To call once the requests are safe on disk: what they hold counts as seen. */
	commit(): void;
}

/**
 * Encodes takes one after the other. A counter's first sample is preceded by a 0 at the time of the take
 * before, because what a counter has when it appears happened since then, and `increase()` would not see it.
 */
export class RemoteWriteEncoder {
	/** Bounded by the series that their owners keep: an entry goes with its Labels. */
	readonly #sent = new WeakMap<Labels, Map<string, SentSeries>>();
	readonly #extra: readonly (readonly [string, string])[];
	#previousTime: number | undefined;

	/** @param extra labels on every series beside its own: `instance`, `job` */
	constructor(extra: readonly (readonly [string, string])[]) {
		this.#extra = extra;
	}

	encode(snapshot: Snapshot): EncodedTake {
		const requests: WriteRequest[] = [];
		const born: SentSeries[] = [];
		const time = snapshot.time;
		const birthTime = Math.min(this.#previousTime ?? time - 1, time - 1);
		let writer = protobuf.Writer.create();
		let series = 0;
		const flush = () => {
			if (series > 0) requests.push({ body: writer.finish(), series });
			writer = protobuf.Writer.create();
			series = 0;
		};
		for (const family of snapshot.families()) {
			let described = false;
			for (const point of points(family)) {
				if (series >= MAX_SERIES) {
					flush();
					described = false;
				}
				if (!described) writeMetadata(writer, family);
				described = true;
				const sent = this.#series(point);
				const samples: [time: number, value: number][] = [[time, point.value]];
				if (!sent.born) born.push(sent);
				if (!sent.born && family.type !== 'gauge' && point.value !== 0) samples.unshift([birthTime, 0]);
				writeSeries(writer, sent.labels, samples);
				series++;
			}
		}
		flush();
		const commit = () => {
			for (const sent of born) sent.born = true;
			this.#previousTime = time;
		};
		return { requests, commit };
	}

	#series(point: Point): SentSeries {
		let byName = this.#sent.get(point.labels);
		if (byName === undefined) {
			byName = new Map();
			this.#sent.set(point.labels, byName);
		}
		const key = point.le === undefined ? point.name : `${point.name} ${point.le}`;
		let sent = byName.get(key);
		if (sent === undefined) {
			sent = { labels: this.#encodeLabels(point), born: false };
			byName.set(key, sent);
		}
		return sent;
	}

	#encodeLabels(point: Point): Uint8Array {
		const pairs: (readonly [string, string])[] = [
			['__name__', point.name],
			...point.labels.pairs,
			...this.#extra,
		];
		if (point.le !== undefined) pairs.push(['le', point.le]);
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

interface Point {
	name: string;
	labels: Labels;
	le?: string;
	value: number;
}

function* points(family: Family): Generator<Point> {
	for (const { labels, value } of family.samples) yield { name: family.name, labels, value };
	for (const { labels, counts, sum } of family.histograms) {
		let count = 0;
		for (let i = 0; i < counts.length; i++) {
			count += counts[i]!;
			yield { name: `${family.name}_bucket`, labels, le: DEFAULT_BOUND_LABELS[i]!, value: count };
		}
		yield { name: `${family.name}_sum`, labels, value: sum };
		yield { name: `${family.name}_count`, labels, value: count };
	}
}

function writeSeries(writer: protobuf.Writer, labels: Uint8Array, samples: [number, number][]): void {
	const tail = protobuf.Writer.create();
	for (const [time, value] of samples) {
		tail.uint32(TAG.seriesSamples).fork();
		tail.uint32(TAG.sampleValue).double(value).uint32(TAG.sampleTimestamp).int64(time).ldelim();
	}
	const bytes = tail.finish();
	const series = new Uint8Array(labels.length + bytes.length);
	series.set(labels);
	series.set(bytes, labels.length);
	writer.uint32(TAG.requestTimeseries).bytes(series);
}

function writeMetadata(writer: protobuf.Writer, family: Family): void {
	writer.uint32(TAG.requestMetadata).fork();
	writer.uint32(TAG.metadataType).int32(METADATA_TYPE[family.type]);
	writer.uint32(TAG.metadataName).string(family.name).uint32(TAG.metadataHelp).string(family.help).ldelim();
}
