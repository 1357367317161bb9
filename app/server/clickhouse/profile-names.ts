import type { Flame } from './profile-flame.ts';

/** How much of a flame graph is spent in code without names, and what gives it names. */
export interface UnnamedCode {
	/** Of the total, 0 to 1. */
	share: number;
	/** What compiled it, such as `node`; null for code of files without symbols. */
	runtime: string | null;
	hint: string;
}

/** Below this share nobody is told. */
const LEAST_SHARE = 0.05;
/** Frames that the agent names so: code without a file, and places in files without symbols. */
const COMPILED = /^\[JIT\] (.*)$/;
const PLACE = /(^|\+)0x[0-9a-f]+$/;

const HINTS: Record<string, string> = {
	node: 'Start Node.js with --perf-basic-prof --interpreted-frames-native-stack, and its functions have names.',
	java: 'Start Java with -XX:+PreserveFramePointer, and write a perf map with `jcmd PID Compiler.perfmap`: its methods have names.',
};
const COMPILED_HINT =
	'This code was compiled while the program ran; it has names when the program writes /tmp/perf-PID.map, as Node.js does with --perf-basic-prof --interpreted-frames-native-stack.';
const PLACE_HINT = 'This code has no symbols: install its debug symbols, or do not strip it.';

/** The kind of code without names that takes most of the time, where that is worth a word. */
export function unnamedCode({ strings, names, selfs, totals }: Flame): UnnamedCode | null {
	const byRuntime = new Map<string | null, number>();
	for (const [i, self] of selfs.entries()) {
		if (self === 0) continue;
		const name = strings[names[i]!]!;
		const compiled = COMPILED.exec(name);
		if (!compiled && !PLACE.test(name)) continue;
		const runtime = compiled ? compiled[1]! : null;
		byRuntime.set(runtime, (byRuntime.get(runtime) ?? 0) + self);
	}
	const [most] = [...byRuntime].sort((a, b) => b[1] - a[1]);
	const total = totals[0] ?? 0;
	if (!most || total === 0 || most[1] / total < LEAST_SHARE) return null;
	const [runtime, self] = most;
	const hint = runtime === null ? PLACE_HINT : (HINTS[runtime] ?? COMPILED_HINT);
	return { share: self / total, runtime, hint };
}
