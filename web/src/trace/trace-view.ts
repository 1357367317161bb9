import { formatSeconds, formatShare } from '../format/numbers.ts';
import { shortService } from '../format/service.ts';
import { type SpanNode, type SpanTree, serviceTimes } from './span-tree.ts';

/** Services that get a colour of their own: those with most time on the critical path. The rest share slate. */
const COLOURED = 10;
const REST = '--s11';

/** The colour variable of each service. */
export function serviceColours(tree: SpanTree): Map<string, string> {
	return new Map(serviceTimes(tree).map(({ service }, i) => [service, i < COLOURED ? `--s${i + 1}` : REST]));
}

/** Where the time went, in one sentence; empty where there is nothing to say. */
export function traceSentence(tree: SpanTree): string {
	const [most, ...others] = serviceTimes(tree);
	const all = [most, ...others].reduce((sum, one) => sum + (one?.ms ?? 0), 0);
	if (!most || all <= 0) return '';
	const failed = tree.nodes.filter(({ span }) => span.status.code === 'error').length;
	const where =
		others.length === 0
			? `All of the time was spent in ${shortService(most.service)}`
			: `${formatShare(most.ms / all)} of the time was spent in ${shortService(most.service)}`;
	return failed > 0 ? `${where}; ${failed} of ${tree.nodes.length} spans failed.` : `${where}.`;
}

/** The time of the spans that a row holds, ms together. */
export function rowTime(members: readonly SpanNode[]): string {
	const ms = members.reduce((sum, { start, end }) => sum + end - start, 0);
	return members.length === 1
		? formatSeconds(ms / 1000)
		: `${members.length} calls, ${formatSeconds(ms / 1000)}`;
}

/** Where the time of a span went: its children by what they do, and its own; longest first, ms. */
export function spanParts(node: SpanNode, nodes: readonly SpanNode[]): { words: string; ms: number }[] {
	const groups = Map.groupBy(
		node.children.map((i) => nodes[i]!),
		({ span }) =>
			span.service === node.span.service ? span.name : `${shortService(span.service)} ${span.name}`,
	);
	const parts = [...groups].map(([name, members]) => ({
		words: members.length > 1 ? `${name}, ${members.length} calls` : name,
		ms: members.reduce((sum, { start, end }) => sum + end - start, 0),
	}));
	return [...parts, { words: 'own time', ms: node.self }].sort((a, b) => b.ms - a.ms);
}
