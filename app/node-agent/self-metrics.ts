/** What the agent says about itself: the same five numbers for every stage, and which kernel features work. */

import { type LabelPair, Labels } from '../exposition/labels.ts';
import { counter, gauge, type MetricDefinition, type Snapshot } from '../exposition/snapshot.ts';
import type { Feature } from '../features/feature.ts';
import type { CostNumbers } from './cost/cost-numbers.ts';

/** One stage on the way of data through the agent. Counters since the start. */
export interface StageNumbers {
	stage: string;
	received?: number;
	sent?: number;
	/** By reason. */
	dropped?: Record<string, number>;
	errors?: number;
	/** 0 empty to 1 full. */
	fill?: number;
}

export interface FeatureStatus {
	feature: string;
	tier: string;
	ok: boolean;
	/** Why it is off or degraded; empty when all is well. */
	reason: string;
	/** It is off because nobody asked for it. */
	unwanted?: boolean;
}

const RECEIVED = counter('codexray_agent_stage_received_total', 'Items that came into a stage of the agent.');
const SENT = counter('codexray_agent_stage_sent_total', 'Items that a stage of the agent handed on.');
const DROPPED = counter('codexray_agent_stage_dropped_total', 'Items that a stage of the agent dropped.');
const ERRORS = counter('codexray_agent_stage_errors_total', 'Errors in a stage of the agent.');
const FILL = gauge('codexray_agent_stage_fill_ratio', 'How full a stage of the agent is, 0 to 1.');
const FEATURE = gauge(
	'codexray_agent_feature_status',
	'1 when a feature works, also in part; 0 when it is off.',
);
const MEMORY = gauge('codexray_agent_resident_memory_bytes', 'Resident memory of the agent.');
const CPU = counter('codexray_agent_cpu_seconds_total', 'CPU time of the agent, by owner.');
const OWNED_MEMORY = gauge('codexray_agent_memory_bytes', 'Memory of the agent, by owner.');
const WASM_MEMORY = gauge(
	'codexray_agent_wasm_memory_bytes',
	'Size of Wasm memories of the agent, untouched pages included, by component.',
);
const RUNS = counter('codexray_agent_bpf_runs_total', 'Runs of a BPF program of the agent.');
const RUN_TIME = counter(
	'codexray_agent_bpf_run_seconds_total',
	'CPU time of a BPF program of the agent, charged to whom it interrupts.',
);
const UNRESOLVED = counter(
	'codexray_agent_unresolved_total',
	'Connections and sockets whose container could not be told.',
);

export interface SelfState {
	stages: StageNumbers[];
	features: Feature[];
	unresolved: number;
	cost: CostNumbers | undefined;
}

export class SelfMetrics {
	readonly #node: Labels;
	/** Stages, reasons and features are a fixed vocabulary, so this stays small. */
	readonly #labels = new Map<string, Labels>();

	constructor(nodeLabels: Labels) {
		this.#node = nodeLabels;
	}

	collect(snapshot: Snapshot, state: SelfState): void {
		for (const stage of state.stages) this.#collectStage(snapshot, stage);
		for (const { feature, tier, ok, reason, missing, command } of state.features) {
			const words: [string, string | null][] = [
				['tier', tier],
				['reason', reason],
				['missing', missing],
				['command', command],
			];
			const pairs = words.map(([name, value]): LabelPair => [name, value ?? '']);
			this.#add(snapshot, FEATURE, ok ? 1 : 0, ['feature', feature], ...pairs);
		}
		this.#add(snapshot, UNRESOLVED, state.unresolved);
		if (state.cost) this.#collectCost(snapshot, state.cost);
	}

	#collectCost(snapshot: Snapshot, { residentBytes, cpu, memory, wasm, programs }: CostNumbers): void {
		this.#add(snapshot, MEMORY, residentBytes);
		for (const [owner, seconds] of Object.entries(cpu)) this.#add(snapshot, CPU, seconds, ['owner', owner]);
		for (const { owner, kind, bytes } of memory)
			this.#add(snapshot, OWNED_MEMORY, bytes, ['owner', owner], ['kind', kind]);
		for (const [owner, bytes] of Object.entries(wasm))
			this.#add(snapshot, WASM_MEMORY, bytes, ['owner', owner]);
		for (const { program, runs, seconds } of programs) {
			this.#add(snapshot, RUNS, runs, ['program', program]);
			this.#add(snapshot, RUN_TIME, seconds, ['program', program]);
		}
	}

	#collectStage(snapshot: Snapshot, numbers: StageNumbers): void {
		const stage: LabelPair = ['stage', numbers.stage];
		if (numbers.received !== undefined) this.#add(snapshot, RECEIVED, numbers.received, stage);
		if (numbers.sent !== undefined) this.#add(snapshot, SENT, numbers.sent, stage);
		for (const [reason, count] of Object.entries(numbers.dropped ?? {})) {
			this.#add(snapshot, DROPPED, count, stage, ['reason', reason.replaceAll(' ', '_')]);
		}
		if (numbers.errors !== undefined) this.#add(snapshot, ERRORS, numbers.errors, stage);
		if (numbers.fill !== undefined) this.#add(snapshot, FILL, numbers.fill, stage);
	}

	#add(snapshot: Snapshot, metric: MetricDefinition, value: number, ...pairs: LabelPair[]): void {
		const key = pairs.map((pair) => pair.join('=')).join(' ');
		let labels = this.#labels.get(key);
		if (labels === undefined) {
			labels = new Labels([...this.#node.pairs, ...pairs]);
			this.#labels.set(key, labels);
		}
		snapshot.add(metric, labels, value);
	}
}
