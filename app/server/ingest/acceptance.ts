import { type MetricColumns, SERIES_FAULTS } from '../../../core-as/facade/index.ts';
import type { MetricBlock } from './metric-block.ts';

/** What of one request is stored, and what is not. */
export interface Accepted {
	block: MetricBlock;
	/** Samples in the block. */
	samples: number;
	/** Samples and other items that are not stored, by reason. */
	rejected: Record<string, number>;
	/** The first few faults in words, at most MAX_FAULTS. */
	faults: string[];
}

export interface AcceptLimits {
	/** Samples outside of [minTime, maxTime] are refused, ms since the epoch. */
	minTime: number;
	maxTime: number;
	maxLabels: number;
	/** Bytes of one label value. */
	maxValueBytes: number;
}

const MAX_FAULTS = 5;

/** Picks the valid series out of a decoded request. The decoder has sorted their labels and left out empty values. */
export function acceptColumns(columns: MetricColumns, body: Uint8Array, limits: AcceptLimits): Accepted {
	const series = columns.faults.length;
	const total = columns.timestamps.length;
	const hashes = new Uint32Array(2 * series);
	const sampleEnds = new Uint32Array(series);
	const labelEnds = new Uint32Array(series);
	const timestamps = new Float64Array(total);
	const values = new Float64Array(total);
	const labelLengths = new Uint32Array(columns.labelRefs.length / 2);
	const labelBytes = new Uint8Array(labelByteCount(columns.labelRefs));
	const sourceHashes = new Uint32Array(
		columns.hashes.buffer,
		columns.hashes.byteOffset,
		2 * columns.hashes.length,
	);
	const refs = columns.labelRefs;
	const rejected: Record<string, number> = {};
	const faults: string[] = [];
	let kept = 0;
	let samples = 0;
	let labels = 0;
	let bytes = 0;
	const reject = (i: number, n: number, reason: string) => {
		rejected[reason] = (rejected[reason] ?? 0) + n;
		if (faults.length < MAX_FAULTS) faults.push(`series ${i} (${describe(columns, body, i)}): ${reason}`);
	};
	for (let i = 0; i < series; i++) {
		const firstSample = i === 0 ? 0 : columns.sampleEnds[i - 1]!;
		const lastSample = columns.sampleEnds[i]!;
		const firstLabel = i === 0 ? 0 : columns.labelEnds[i - 1]!;
		const lastLabel = columns.labelEnds[i]!;
		const fault = columns.faults[i]!;
		if (fault !== 0) {
			const reason = SERIES_FAULTS[fault];
			// A series without float samples says nothing; native histograms are counted below.
			if (reason !== 'no-samples')
				reject(i, Math.max(1, lastSample - firstSample), reason ?? `fault ${fault}`);
			continue;
		}
		if (lastLabel - firstLabel > limits.maxLabels) {
			reject(i, lastSample - firstSample, `more than ${limits.maxLabels} labels`);
			continue;
		}
		const before = samples;
		let outside = 0;
		for (let s = firstSample; s < lastSample; s++) {
			const time = columns.timestamps[s]!;
			if (time < limits.minTime || time > limits.maxTime) {
				outside++;
				continue;
			}
			timestamps[samples] = time;
			values[samples++] = columns.values[s]!;
		}
		if (outside > 0) reject(i, outside, 'time too far from now');
		if (samples === before) continue;

		let long = false;
		const bytesBefore = bytes;
		const labelsBefore = labels;
		for (let label = firstLabel; label < lastLabel; label++) {
			const at = 4 * label;
			const nameLength = refs[at + 1]!;
			const valueLength = refs[at + 3]!;
			if (valueLength > limits.maxValueBytes) long = true;
			labelLengths[2 * labels] = nameLength;
			labelLengths[2 * labels + 1] = valueLength;
			labels++;
			// Labels are short: a loop is faster than a view and a call for each.
			for (let p = refs[at]!, end = p + nameLength; p < end; p++) labelBytes[bytes++] = body[p]!;
			for (let p = refs[at + 2]!, end = p + valueLength; p < end; p++) labelBytes[bytes++] = body[p]!;
		}
		if (long) {
			reject(i, samples - before, `a label value over ${limits.maxValueBytes} bytes`);
			samples = before;
			labels = labelsBefore;
			bytes = bytesBefore;
			continue;
		}
		hashes[2 * kept] = sourceHashes[2 * i]!;
		hashes[2 * kept + 1] = sourceHashes[2 * i + 1]!;
		sampleEnds[kept] = samples;
		labelEnds[kept] = labels;
		kept++;
	}
	const histograms = columns.histograms?.timestamps.length ?? 0;
	if (histograms > 0) {
		rejected['native histogram'] = histograms;
		if (faults.length < MAX_FAULTS) faults.push(`${histograms} native histograms are not stored yet`);
	}
	return {
		block: {
			hashes: hashes.subarray(0, 2 * kept),
			sampleEnds: sampleEnds.subarray(0, kept),
			labelEnds: labelEnds.subarray(0, kept),
			timestamps: timestamps.subarray(0, samples),
			values: values.subarray(0, samples),
			labelLengths: labelLengths.subarray(0, 2 * labels),
			labelBytes: labelBytes.subarray(0, bytes),
		},
		samples,
		rejected,
		faults,
	};
}

function labelByteCount(refs: Uint32Array): number {
	let n = 0;
	for (let i = 0; i < refs.length; i += 4) n += refs[i + 1]! + refs[i + 3]!;
	return n;
}

/** The series' name and offset, for messages. */
function describe(columns: MetricColumns, body: Uint8Array, i: number): string {
	const from = i === 0 ? 0 : columns.labelEnds[i - 1]!;
	const decoder = new TextDecoder();
	for (let l = from; l < columns.labelEnds[i]!; l++) {
		const [nameAt, nameLength, valueAt, valueLength] = columns.labelRefs.subarray(
			4 * l,
			4 * l + 4,
		) as unknown as [number, number, number, number];
		if (decoder.decode(body.subarray(nameAt, nameAt + nameLength)) === '__name__') {
			return `${decoder.decode(body.subarray(valueAt, valueAt + Math.min(valueLength, 80)))} at byte ${nameAt}`;
		}
	}
	const at = columns.labelRefs[4 * from];
	return at === undefined ? 'no labels' : `no name, at byte ${at}`;
}
