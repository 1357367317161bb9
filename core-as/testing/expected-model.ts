import { SERIES_FAULTS, type SeriesFault } from '../facade/metric-columns.ts';
import type {
	MetricModel,
	ModelExemplar,
	ModelHistogram,
	ModelLabel,
	ModelSample,
	ModelSeries,
} from './metric-model.ts';
import type { OracleHistogram, OracleSample, OracleV1, OracleV2 } from './write-request.ts';

// What the decoder should say of a message, straight from the specifications and from what protobufjs read: slow and plain.

const LIMIT = 2 ** 53;

export function expectedV1(message: OracleV1): MetricModel {
	return {
		series: message.timeseries.map((it): ModelSeries => {
			const sent = it.labels.map(({ name, value }): ModelLabel => [text(name), text(value)]);
			const labels = sent.filter(([name, value]) => value !== '' || name === '');
			const samples = it.samples.map((sample) => sampleOf(sample, 0));
			const histograms = it.histograms.map((histogram) => histogramOf(histogram, 0));
			return {
				labels: [...labels].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
				fault: number(faultOfLabelsV1(labels) ?? faultOfSamples(samples, it.histograms, 0) ?? 'valid'),
				samples,
				exemplars: it.exemplars.map((exemplar): ModelExemplar => {
					const own = exemplar.labels.map(({ name, value }): ModelLabel => [text(name), text(value)]);
					const fault = first(own.map(([name, value]) => faultOfLabel(name, value, false)));
					return exemplarOf(own, exemplar, fault);
				}),
				histograms,
			};
		}),
		families: message.metadata.map((it) => ({
			type: typeOf(it.type),
			name: text(it.metricFamilyName),
			help: text(it.help),
			unit: text(it.unit),
		})),
	};
}

export function expectedV2(message: OracleV2): MetricModel {
	const symbols = message.symbols.map(text);
	const isDescribed = message.timeseries.some((it) => it.metadata !== null);
	const labelsOf = (refs: number[]) => {
		const pairs = Array.from({ length: refs.length >> 1 }, (_, i) => refs.slice(2 * i, 2 * i + 2));
		return pairs.map((pair) => pair.map((ref) => symbols[ref]));
	};
	const known = (labels: (string | undefined)[][]) =>
		labels.map(([name, value]): ModelLabel => [name ?? '', value ?? '']);
	return {
		series: message.timeseries.map((it): ModelSeries => {
			const labels = labelsOf(it.labelsRefs);
			const created = Number(BigInt(it.createdTimestamp));
			const samples = it.samples.map((sample) => sampleOf(sample, created));
			const { metadata } = it;
			const isBadRef =
				it.labelsRefs.length % 2 === 1 ||
				(metadata && (symbols[metadata.helpRef] === undefined || symbols[metadata.unitRef] === undefined));
			let fault: SeriesFault | undefined = faultOfLabelsV2(labels);
			if (isBadRef) fault ??= 'bad-ref';
			if (it.samples.length > 0 && it.histograms.length > 0) {
				fault ??= faultOfSamples(samples, it.histograms, created) ?? 'both-kinds';
			} else fault ??= faultOfSamples(samples, it.histograms, created);
			return {
				labels: known(labels),
				fault: number(fault ?? 'valid'),
				samples,
				exemplars: it.exemplars.map((exemplar): ModelExemplar => {
					const own = labelsOf(exemplar.labelsRefs);
					const faults = own.map(([name, value]) =>
						name === undefined || value === undefined ? 'bad-ref' : faultOfSymbols(name, value),
					);
					const half = exemplar.labelsRefs.length % 2 === 1 ? 'bad-ref' : undefined;
					return exemplarOf(known(own), exemplar, first(faults) ?? half);
				}),
				histograms: it.histograms.map((histogram) => histogramOf(histogram, created)),
				...(isDescribed && {
					metadata: {
						type: typeOf(metadata?.type ?? 0),
						help: symbols[metadata?.helpRef ?? 0] ?? '',
						unit: symbols[metadata?.unitRef ?? 0] ?? '',
					},
				}),
			};
		}),
		families: [],
	};
}

function faultOfLabelsV1(labels: ModelLabel[]): SeriesFault | undefined {
	let isSorted = true;
	for (const [i, [name, value]] of labels.entries()) {
		const fault = faultOfLabel(name, value, true);
		if (fault) return fault;
		const before = labels[i - 1]?.[0];
		if (before === name && isSorted) return 'duplicate-label';
		if (before !== undefined && before > name) isSorted = false;
	}
	if (new Set(labels.map(([name]) => name)).size < labels.length) return 'duplicate-label';
	return labels.some(([name]) => name === '__name__') ? undefined : 'no-name';
}

function faultOfLabelsV2(labels: (string | undefined)[][]): SeriesFault | undefined {
	for (const [i, [name, value]] of labels.entries()) {
		if (name === undefined || value === undefined) return 'bad-ref';
		const fault = faultOfSymbols(name, value);
		if (fault) return fault;
		if (value === '') return 'empty-label-value';
		const before = labels[i - 1]?.[0];
		if (before === name) return 'duplicate-label';
		if (before !== undefined && before > name) return 'unsorted-labels';
	}
	return labels.some(([name]) => name === '__name__') ? undefined : 'no-name';
}

/** In the order of the decoder of 1.0, which looks at the name first. */
function faultOfLabel(name: string, value: string, isSeries: boolean): SeriesFault | undefined {
	if (name === '') return 'empty-label-name';
	if (!isUtf8(name)) return 'bad-utf8';
	if (hasControl(name)) return 'bad-name';
	if (!isUtf8(value)) return 'bad-utf8';
	return isSeries && name === '__name__' && hasControl(value) ? 'bad-name' : undefined;
}

/** In the order of the decoder of 2.0, which knows both texts. */
function faultOfSymbols(name: string, value: string): SeriesFault | undefined {
	if (name === '') return 'empty-label-name';
	if (!isUtf8(name) || !isUtf8(value)) return 'bad-utf8';
	return hasControl(name) || (name === '__name__' && hasControl(value)) ? 'bad-name' : undefined;
}

function faultOfSamples(
	samples: ModelSample[],
	histograms: OracleHistogram[],
	created: number,
): SeriesFault | undefined {
	const timed = [...samples, ...histograms.map((it) => histogramOf(it, created))];
	if (timed.some(({ time, start }) => time < 0 || time >= LIMIT || Math.abs(start) >= LIMIT))
		return 'bad-timestamp';
	if (timed.length === 0) return 'no-samples';
	return first(histograms.map(faultOfHistogram));
}

export function faultOfHistogram(it: OracleHistogram): SeriesFault | undefined {
	const isFloat = it.countFloat !== undefined;
	const spanned = (spans: { length: number }[]) => spans.reduce((sum, { length }) => sum + length, 0);
	const positives = isFloat ? it.positiveCounts.length : it.positiveDeltas.length;
	const negatives = isFloat ? it.negativeCounts.length : it.negativeDeltas.length;
	const isBackwards = (spans: { offset: number }[]) => spans.slice(1).some(({ offset }) => offset < 0);
	const zeroCount = isFloat ? (it.zeroCountFloat ?? 0) : Number(it.zeroCountInt ?? 0);
	if (it.schema === -53) {
		const rises = it.customValues.every((bound, i) => i === 0 || bound > it.customValues[i - 1]!);
		if (!rises || it.customValues.some(Number.isNaN) || it.customValues.at(-1) === Infinity)
			return 'bad-bounds';
		if (zeroCount !== 0 || it.zeroThreshold !== 0 || it.negativeSpans.length > 0 || negatives > 0)
			return 'bad-bounds';
		if (it.positiveSpans.some(({ offset }) => offset < 0)) return 'bad-spans';
		if (spanned(it.positiveSpans) !== positives) return 'bad-spans';
		const reach = it.positiveSpans.reduce((sum, { offset, length }) => sum + offset + length, 0);
		if (reach > it.customValues.length + 1) return 'bad-spans';
	} else {
		if (it.schema < -4 || it.schema > 8) return 'bad-schema';
		if (it.customValues.length > 0) return 'bad-bounds';
		if (isBackwards(it.positiveSpans) || isBackwards(it.negativeSpans)) return 'bad-spans';
		if (spanned(it.positiveSpans) !== positives || spanned(it.negativeSpans) !== negatives)
			return 'bad-spans';
	}
	if (isFloat) {
		const counts = [it.countFloat!, zeroCount, ...it.positiveCounts, ...it.negativeCounts];
		return counts.every((count) => count >= 0) ? undefined : 'bad-count';
	}
	const counts = [BigInt(it.countInt ?? 0), BigInt(it.zeroCountInt ?? 0)];
	const buckets = [...absolute(it.positiveDeltas), ...absolute(it.negativeDeltas)];
	if ([...counts, ...buckets].some((count) => count < 0n || count > BigInt(LIMIT))) return 'bad-count';
	const total = buckets.reduce((sum, count) => sum + count, counts[1]!);
	const isTotal = Number.isNaN(it.sum) ? total <= counts[0]! : total === counts[0]!;
	return isTotal ? undefined : 'bad-total';
}

function absolute(deltas: string[]): bigint[] {
	let count = 0n;
	return deltas.map((delta) => {
		count = BigInt.asIntN(64, count + BigInt(delta));
		return count;
	});
}

function histogramOf(it: OracleHistogram, created: number): ModelHistogram {
	const isFloat = it.countFloat !== undefined;
	const spans = (list: { offset: number; length: number }[]) =>
		list.map(({ offset, length }): [number, number] => [offset, length]);
	return {
		isFloat,
		reset: it.resetHint >= 0 && it.resetHint <= 3 ? it.resetHint : 0,
		schema: it.schema >= -128 && it.schema <= 127 ? it.schema : -128,
		zeroThreshold: it.zeroThreshold,
		zeroCount: isFloat ? (it.zeroCountFloat ?? 0) : Number(BigInt(it.zeroCountInt ?? 0)),
		count: isFloat ? it.countFloat! : Number(BigInt(it.countInt ?? 0)),
		sum: it.sum,
		time: Number(BigInt(it.timestamp)),
		start: Number(BigInt(it.startTimestamp ?? 0)) || created,
		positiveSpans: spans(it.positiveSpans),
		negativeSpans: spans(it.negativeSpans),
		buckets: isFloat
			? [...it.positiveCounts, ...it.negativeCounts]
			: [...absolute(it.positiveDeltas), ...absolute(it.negativeDeltas)].map(Number),
		customValues: it.customValues,
	};
}

function sampleOf(it: OracleSample, created: number): ModelSample {
	const start = Number(BigInt(it.startTimestamp ?? 0)) || created;
	return { value: it.value, time: Number(BigInt(it.timestamp)), start };
}

function exemplarOf(
	labels: ModelLabel[],
	it: { value: number; timestamp: string },
	found: SeriesFault | undefined,
): ModelExemplar {
	const time = Number(BigInt(it.timestamp));
	const fault = found ?? (time < 0 || time >= LIMIT ? 'bad-timestamp' : 'valid');
	return { labels, value: it.value, time, fault: number(fault) };
}

function typeOf(type: number): number {
	return type >= 0 && type <= 7 ? type : 0;
}

function number(fault: SeriesFault): number {
	return SERIES_FAULTS.indexOf(fault);
}

function first(faults: (SeriesFault | undefined)[]): SeriesFault | undefined {
	return faults.find((fault) => fault !== undefined);
}

function text(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString('latin1');
}

function isUtf8(bytes: string): boolean {
	try {
		new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, 'latin1'));
		return true;
	} catch {
		return false;
	}
}

function hasControl(bytes: string): boolean {
	return Buffer.from(bytes, 'latin1').some((byte) => byte < 0x20 || byte === 0x7f);
}
