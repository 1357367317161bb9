import type { MetricBlock } from '../../ingest/metric-block.ts';

/** Labels and sample times as a metric block; values are 0, and hashes only tell different texts apart mostly. */
export function seriesBlock(
	series: readonly { labels: Readonly<Record<string, string>>; times: readonly number[] }[],
): MetricBlock {
	const encoder = new TextEncoder();
	const parts: Uint8Array[] = [];
	const labelEnds: number[] = [];
	const sampleEnds: number[] = [];
	const hashes: number[] = [];
	for (const { labels, times } of series) {
		let hash = 2166136261;
		for (const name of Object.keys(labels).sort()) {
			for (const part of [name, labels[name]!].map((text) => encoder.encode(text))) {
				parts.push(part);
				for (const byte of part) hash = Math.imul(hash ^ byte, 16777619);
			}
		}
		hashes.push(hash >>> 0, Object.keys(labels).length);
		labelEnds.push(parts.length / 2);
		sampleEnds.push((sampleEnds.at(-1) ?? 0) + times.length);
	}
	const timestamps = Float64Array.from(series.flatMap(({ times }) => times));
	const labelBytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		labelBytes.set(part, at);
		at += part.length;
	}
	return {
		hashes: Uint32Array.from(hashes),
		sampleEnds: Uint32Array.from(sampleEnds),
		timestamps,
		values: new Float64Array(timestamps.length),
		labelEnds: Uint32Array.from(labelEnds),
		labelLengths: Uint32Array.from(parts, (part) => part.length),
		labelBytes,
	};
}
