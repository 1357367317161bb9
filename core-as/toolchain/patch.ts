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
