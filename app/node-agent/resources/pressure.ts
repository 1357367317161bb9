/** Pressure stall information: https://docs.kernel.org/accounting/psi.html */

import type { LabelPair, Labels } from '../../exposition/labels.ts';
import { kernelCounter, type MetricDefinition, type Snapshot } from '../../exposition/snapshot.ts';

const RESOURCES = ['cpu', 'memory', 'io'] as const;
const KINDS = ['some', 'full'] as const;

/** Seconds waited, in the order of `pressureMetrics`. */
export type Pressure = number[];

/** Cpu, memory and I/O, each for `some` and `full`. */
export function pressureMetrics(prefix: string, whose: string): MetricDefinition[] {
	return RESOURCES.map((resource) =>
		kernelCounter(
			`${prefix}_resources_${resource}_pressure_waiting_seconds_total`,
			`Time in which some or all tasks of ${whose} waited for ${resource === 'io' ? 'I/O' : resource}.`,
		),
	);
}

/** All or nothing: undefined unless all three files say something. */
export function readPressure(read: (resource: string) => string | undefined): Pressure | undefined {
	const pressure: Pressure = [];
	for (const resource of RESOURCES) {
		const text = read(resource);
		const some = text?.match(/^some .*total=(\d+)/m);
		if (some === null || some === undefined) return undefined;
		// Older kernels have no "full" for the CPU.
		const full = text?.match(/^full .*total=(\d+)/m);
		pressure.push(Number(some[1]) / 1e6, Number(full?.[1] ?? 0) / 1e6);
	}
	return pressure;
}

export function addPressure(
	snapshot: Snapshot,
	metrics: readonly MetricDefinition[],
	labels: (...pairs: LabelPair[]) => Labels,
	pressure: Pressure,
): void {
	metrics.forEach((metric, resource) => {
		KINDS.forEach((kind, i) => {
			snapshot.add(metric, labels(['kind', kind]), pressure[resource * KINDS.length + i]!);
		});
	});
}
