import type { NodeSummary } from '../api/resource-types.ts';
import { formatAge, formatBytes, formatShare, formatThings } from '../format/numbers.ts';

/** Samples come every 15 s and take a moment; later than this is late. */
const LATE_MS = 60_000;

export type AgentState = 'reporting' | 'late' | 'silent';

/** Whether the node's agent is heard, at the end of what is looked at. */
export function agentState({ status, lastSampleAt }: NodeSummary, end: number): AgentState {
	if (status === 'unknown' || lastSampleAt === null) return 'silent';
	return end - lastSampleAt > LATE_MS ? 'late' : 'reporting';
}

/** Busy is worth a colour: amber from 80 %, red from 95 %. */
export function busyTone(share: number | null): '' | 'meh' | 'bad' {
	if (share === null || share < 0.8) return '';
	return share < 0.95 ? 'meh' : 'bad';
}

/** What a node is, in short: `aws, eu-central-1, m5.large`. */
export function whereWords({ cloud }: NodeSummary): string {
	return [cloud.provider, cloud.availability_zone ?? cloud.region, cloud.instance_type]
		.filter(Boolean)
		.join(', ');
}

export interface Use {
	text: string;
	tone: '' | 'meh' | 'bad';
}

/** What the node uses, as the parts of one sentence; empty when it is not known. */
export function usesOf({ cpu, cores, memory, memoryBytes }: NodeSummary): Use[] {
	const uses: Use[] = [];
	if (cpu !== null) {
		const of = cores === null ? 'its CPUs' : formatThings(cores, 'CPU');
		uses.push({ text: `${formatShare(cpu)} of ${of}`, tone: busyTone(cpu) });
	}
	if (memory !== null) {
		const of = memoryBytes === null ? 'its memory' : `${formatBytes(memoryBytes)} of memory`;
		uses.push({ text: `${formatShare(memory)} of ${of}`, tone: busyTone(memory) });
	}
	return uses;
}

/** `3 d`, from seconds. */
export const uptimeWords = (seconds: number | null): string =>
	seconds === null ? '—' : formatAge(seconds * 1000);
