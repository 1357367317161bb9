import { nodeCount } from './call-tree';
import { baseOwnOf, clearBase, kinds, ownOf, setOwn } from './node-values';

/** What a sum of rounded values may fall by and still be the same. */
const ROUNDING: f64 = 1e-9;

/** True when a stack has less of a kind than before. */
function hasFallen(mask: u32): bool {
	for (let node: u32 = 0; node < nodeCount(); node++) {
		for (let kind: u32 = 0; kind < kinds; kind++) {
			if (((mask >> kind) & 1) === 0) continue;
			if (ownOf(node, kind) < baseOwnOf(node, kind) * (1 - ROUNDING)) return true;
		}
	}
	return false;
}

/**
 * Takes the base from the values of the kinds in `mask`. One process counts for all its stacks, so where one has fallen,
 * all began anew. Returns whether that is so.
 */
export function subtractBase(mask: u32): bool {
	const restarted = hasFallen(mask);
	for (let node: u32 = 0; node < nodeCount() && !restarted; node++) {
		for (let kind: u32 = 0; kind < kinds; kind++) {
			if (((mask >> kind) & 1) === 0) continue;
			setOwn(node, kind, max(ownOf(node, kind) - baseOwnOf(node, kind), 0));
		}
	}
	clearBase();
	return restarted;
}
