import { DerivedLabels } from '../../exposition/derived-labels.ts';
import { Labels } from '../../exposition/labels.ts';
import { counter, gauge, type MetricDefinition, Snapshot } from '../../exposition/snapshot.ts';
import type { StageStats } from '../stage.ts';

/** What the process has used. */
export interface ProcessUsage {
	cpuSeconds: number;
	residentBytes: number;
}

export interface SelfMetricsOptions {
	version: string;
	/** ms since the epoch. */
	startedAt: number;
	stages(): Record<string, StageStats>;
	/** Single gauges, by name without prefix. */
	gauges(): Record<string, { help: string; value: number }>;
	/** Where the host can tell. */
	usage?(): ProcessUsage;
}

const NO_LABELS = new Labels([]);
const RECEIVED = counter('codexray_server_received_total', 'Items that came into a stage.');
const SENT = counter('codexray_server_sent_total', 'Items that a stage handed on.');
const DROPPED = counter('codexray_server_dropped_total', 'Items that a stage dropped, by reason.');
const ERRORS = counter('codexray_server_errors_total', 'Failures of a stage.');
const FILL = gauge('codexray_server_fill_ratio', 'How full a stage is of its bound.');
const BUILD = gauge('codexray_server_build_info', 'Version of the server.');
const START = gauge('process_start_time_seconds', 'Start of the server, seconds since the epoch.');
const CPU = counter('process_cpu_seconds_total', 'User and system CPU time of the server.');
const RESIDENT = gauge('process_resident_memory_bytes', 'Resident memory of the server.');

/** The five numbers of each stage of the server, and single gauges. */
export class SelfMetrics {
	readonly #options: SelfMetricsOptions;
	/** Stages and reasons are words of the code: few. */
	readonly #labels = new DerivedLabels();

	constructor(options: SelfMetricsOptions) {
		this.#options = options;
	}

	/** As they are at `time`, ms since the epoch. */
	take(time: number): Snapshot {
		const { version, startedAt, stages, gauges, usage } = this.#options;
		const snapshot = new Snapshot(time);
		snapshot.add(BUILD, this.#labels.of(NO_LABELS, ['version', version]), 1);
		for (const [stage, stats] of Object.entries(stages())) {
			const labels = this.#labels.of(NO_LABELS, ['stage', stage]);
			const numbers: [MetricDefinition, number][] = [
				[RECEIVED, stats.received],
				[SENT, stats.sent],
				[ERRORS, stats.errors],
				[FILL, stats.fill],
			];
			for (const [definition, value] of numbers) snapshot.add(definition, labels, value);
			for (const [reason, count] of Object.entries(stats.dropped)) {
				snapshot.add(DROPPED, this.#labels.of(NO_LABELS, ['stage', stage], ['reason', reason]), count);
			}
		}
		for (const [name, { help, value }] of Object.entries(gauges())) {
			snapshot.add(gauge(`codexray_server_${name}`, help), NO_LABELS, value);
		}
		snapshot.add(START, NO_LABELS, startedAt / 1000);
		const used = usage?.();
		if (used) {
			snapshot.add(CPU, NO_LABELS, used.cpuSeconds);
			snapshot.add(RESIDENT, NO_LABELS, used.residentBytes);
		}
		return snapshot;
	}
}
