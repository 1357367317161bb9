const DEBUG_LOG =
	/const _debugLog = \(\.\.\.args\) => \{\s*if \(!globalThis\?\.process\?\.env\?\.JCO_DEBUG\) \{ return; \}\s*console\.debug\(\.\.\.args\);\s*\};/g;

/**
 * Silences the debug log of the generated JavaScript. It asks the environment several times a call, which costs
 * microseconds each on Node and a permission on Deno. Exactly one place must match, else jco has changed.
 */
export function patchDebugLog(source: string): string {
	let replaced = 0;
	const patched = source.replace(DEBUG_LOG, () => {
		replaced++;
		return 'const _debugLog = () => {};';
	});
	if (replaced !== 1) throw new Error(`the debug log of jco's output: ${replaced} places, expected 1`);
	if (/\bprocess\s*(\?\.|\.)\s*env\b/.test(patched)) {
		throw new Error("jco's output reads the environment in a place that is not known");
	}
	return patched;
}

/**
 * Lets `functionName` lend its `lists` lists of numbers instead of copying them: the component keeps that memory, so the views
 * are good until the next call of the instance. Copying costs up to as much again as decoding, because the pages of fresh
 * memory cost most. Exactly so many places must match.
 */
export function patchLentLists(source: string, functionName: string, lists: number): string {
	const from = source.indexOf(`    function ${functionName}(`);
	const to = source.indexOf('\n    }', from);
	if (from < 0 || to < 0) throw new Error(`jco's output has no function ${functionName}`);
	let replaced = 0;
	const body = source
		.slice(from, to)
		.replace(
			/new (\w+Array)\(memory0\.buffer\.slice\((ptr\d+), \2 \+ (len\d+) \* \d\)\)/g,
			(_, array: string, pointer: string, length: string) => {
				replaced++;
				return `new ${array}(memory0.buffer, ${pointer}, ${length})`;
			},
		);
	if (replaced !== lists)
		throw new Error(`lists in ${functionName} of jco's output: ${replaced}, expected ${lists}`);
	return source.slice(0, from) + body + source.slice(to);
}

const NEW_TASK = /const \[task, _wasm_call_currentTaskID\] = createNewCurrentTask\(\{([^}]*)\}\);/g;
const TASK_META = 'function _withGlobalCurrentTaskMeta(args) {';

/** Answers as the task of a call does that never waits. */
const SYNC_TASK = `const SYNC_TASK = {
	setCalleeIsAsync() {}, enterSync() { return true; }, mayBlock() { return false; },
	setReturnMemoryIdx() {}, setReturnMemory() {}, id() { return 0; }, componentIdx() { return 0; },
	setErrored() {}, reject() {}, resolve() {}, exit() {}, isResolvedState() { return true; }, isExited() { return true; },
};
`;

/**
 * Spares synchronous calls the bookkeeping of asynchronous ones: a task with its promises per call, which nobody asks
 * for in a component without imports. It costs 3 microseconds a call, a tenth of unpacking 64 KiB.
 */
export function patchSyncTasks(source: string): string {
	let tasks = 0;
	const patched = source.replace(NEW_TASK, (_, options: string) => {
		if (!options.includes('isAsync: false') || !options.includes('componentIdx: 0')) {
			throw new Error(`jco's output has a call that is not synchronous: ${options}`);
		}
		tasks++;
		return 'const task = SYNC_TASK;';
	});
	const calls = source.split('_withGlobalCurrentTaskMeta({').length - 1;
	// Each export runs its body and the call into the module that way; jco's runtime has three places of its own.
	if (tasks === 0 || calls !== 2 * tasks + 3) {
		throw new Error(`tasks in jco's output: ${tasks}, in ${calls} places`);
	}
	if (patched.split(TASK_META).length !== 2) throw new Error("jco's output runs its tasks in another way");
	return SYNC_TASK + patched.replace(TASK_META, `${TASK_META}\n      return args.fn();`);
}
