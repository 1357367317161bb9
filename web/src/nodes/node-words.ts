import type { NodeSummary } from '../api/resource-types.ts';
import { formatAge, formatBytes, formatCount, formatShare } from '../format/numbers.ts';

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

/** One sentence under the name of a node. */
export function nodeSentence(node: NodeSummary): string {
	if (node.sentence) return node.sentence;
	const parts: string[] = [];
	if (node.cpu !== null)
		parts.push(
			`${formatShare(node.cpu)} of ${node.cores === null ? 'its CPUs' : `${formatCount(node.cores)} CPUs`}`,
		);
	if (node.memory !== null)
		parts.push(
			`${formatShare(node.memory)} of ${node.memoryBytes === null ? 'its memory' : `${formatBytes(node.memoryBytes)} of memory`}`,
		);
	if (parts.length === 0) return 'Its agent sends samples, and none of them says what the node uses.';
	return `Uses ${parts.join(' and ')}.`;
}

/** `3 d`, from seconds. */
export const uptimeWords = (seconds: number | null): string =>
	seconds === null ? '—' : formatAge(seconds * 1000);
