/** What one take of all metrics looks like, before it becomes text or protobuf. */

import type { Labels } from './labels.ts';

export type MetricType = 'counter' | 'gauge' | 'histogram';

export interface Sample {
	labels: Labels;
	value: number;
}

export interface HistogramSample {
	labels: Labels;
	/** Observations per bucket, not cumulative; one more than `bounds` for +Inf. */
	counts: ArrayLike<number>;
	sum: number;
}

export interface Family extends MetricDefinition {
	samples: Sample[];
	histograms: HistogramSample[];
}

/** Bounds of the default buckets, in seconds; the last bucket is +Inf. */
export const DEFAULT_BOUNDS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** `le` of every bucket: shortest decimal, and +Inf. */
export const DEFAULT_BOUND_LABELS: readonly string[] = [...DEFAULT_BOUNDS.map(String), '+Inf'];

/** Families by name, each once, filled by several collectors. */
export class Snapshot {
	/** When it was taken, ms since the epoch. */
	readonly time: number;
	readonly #families = new Map<string, Family>();

	constructor(time: number) {
		this.time = time;
	}

	add(definition: MetricDefinition, labels: Labels, value: number): void {
		this.#family(definition).samples.push({ labels, value });
	}

	addHistogram(definition: MetricDefinition, labels: Labels, counts: ArrayLike<number>, sum: number): void {
		this.#family(definition).histograms.push({ labels, counts, sum });
	}

	/** Sorted by name; each has at least one sample. */
	families(): Family[] {
		return [...this.#families.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
	}

	#family(definition: MetricDefinition): Family {
		let family = this.#families.get(definition.name);
		if (family === undefined) {
			family = { ...definition, samples: [], histograms: [] };
			this.#families.set(definition.name, family);
		}
		return family;
	}
}

export interface MetricDefinition {
	name: string;
	type: MetricType;
	help: string;
	/**
	 * Of counters: the kernel counts, also while the agent does not run, so that the first value says nothing of the
	 * time since the last take.
	 */
	keptByKernel?: boolean;
}

export function counter(name: string, help: string): MetricDefinition {
	return { name, type: 'counter', help };
}

export function kernelCounter(name: string, help: string): MetricDefinition {
	return { name, type: 'counter', help, keptByKernel: true };
}

export function gauge(name: string, help: string): MetricDefinition {
	return { name, type: 'gauge', help };
}

export function histogram(name: string, help: string): MetricDefinition {
	return { name, type: 'histogram', help };
}
