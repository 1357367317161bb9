import { RESULT, release, releaseList, storeList } from '../../abi/memory';
import { clearTree } from './call-tree';
import { mergeColumns } from './column-merge';
import { areSound, releaseColumns, rises, useColumns } from './columns';
import { subtractBase } from './delta';
import { FLAME_LISTS, makeFlame } from './flame';
import { clearFrames } from './frames';
import { kinds, MAX_KINDS } from './node-values';
import { freePprof, pprofBytes, pprofSize, writePprof } from './pprof-writer';
import { clearStacks } from './stack-table';
import { clearStrings } from './strings';
import { makeTop, TOP_LISTS } from './top';
import { pruneTree } from './tree-layout';

/** The order is that of `refusal` in wit/. */
const BAD_SHAPE: u8 = 0;
const NO_ROOM: u8 = 1;

clear(1);

function clear(kindCount: u32): void {
	clearStrings();
	clearFrames();
	clearStacks();
	clearTree(kindCount);
}

function fine(): usize {
	store<u8>(RESULT, 0);
	return RESULT;
}

/** A refusal stands where the result's value would, which is aligned to `alignment`. */
function refuse(why: u8, alignment: usize): usize {
	store<u8>(RESULT, 1);
	store<u8>(RESULT + alignment, why);
	return RESULT;
}

/** Frees lists of a result that was none of refusal, the first at RESULT + `first`. */
function releaseLists(first: usize, count: usize): void {
	if (load<u8>(RESULT) !== 0) return;
	for (let i: usize = 0; i < count; i++) releaseList(first + (i << 3));
}

/** result<_, refusal> */
export function stack_fold_clear(kindCount: u32): usize {
	if (kindCount < 1 || kindCount > MAX_KINDS) return refuse(BAD_SHAPE, 1);
	clear(kindCount);
	return fine();
}

/** result<_, refusal> */
export function stack_fold_add(call: usize): usize {
	useColumns(call);
	if (!areSound()) refuse(BAD_SHAPE, 1);
	else if (!mergeColumns()) refuse(NO_ROOM, 1);
	else fine();
	releaseColumns();
	return RESULT;
}

/** result<_, refusal> */
export function stack_fold_prune(kind: u32, minShare: f64): usize {
	if (kind >= kinds) return refuse(BAD_SHAPE, 1);
	pruneTree(kind, minShare);
	return fine();
}

/** result<bool, refusal> */
export function stack_fold_delta(mask: u32): usize {
	if (mask >> kinds !== 0) return refuse(BAD_SHAPE, 1);
	store<u8>(RESULT, <u8>subtractBase(mask), 1);
	return fine();
}

/** result<flame-graph, refusal>, aligned to 4. */
export function stack_fold_flame(kind: u32, maxNodes: u32): usize {
	if (kind >= kinds) return refuse(BAD_SHAPE, 4);
	makeFlame(kind, maxNodes);
	return fine();
}

export function stack_fold_flame_post(_result: usize): void {
	releaseLists(4, FLAME_LISTS);
}

/** result<top-list, refusal>, aligned to 8. */
export function stack_fold_top(kind: u32, maxRows: u32, byCumulative: i32): usize {
	if (kind >= kinds) return refuse(BAD_SHAPE, 8);
	makeTop(kind, maxRows, byCumulative !== 0);
	return fine();
}

export function stack_fold_top_post(_result: usize): void {
	releaseLists(8, TOP_LISTS);
}

/** result<list<u8>, refusal>, aligned to 4. The writer owns the bytes until the post-return. */
export function stack_fold_pprof(
	texts: usize,
	textsSize: usize,
	ends: usize,
	endCount: usize,
	time: i64,
	duration: i64,
	period: i64,
): usize {
	const fits =
		endCount <= <usize>kinds * 2 && endCount % 2 === 0 && rises(ends, <u32>endCount, <u32>textsSize);
	if (!fits) refuse(BAD_SHAPE, 4);
	else if (!writePprof(texts, ends, <u32>endCount, time, duration, period)) refuse(NO_ROOM, 4);
	else {
		fine();
		storeList(4, pprofBytes(), pprofSize());
	}
	release(texts, textsSize);
	release(ends, endCount);
	return RESULT;
}

export function stack_fold_pprof_post(_result: usize): void {
	freePprof();
}
