// A decorator on a function is AssemblyScript, not TypeScript: formatters and linters leave this file out.

/** Gives the host a handle for a tracker in linear memory. */
// @ts-ignore: decorator
@external("cm32p2|_ex_codexray:core/l7@0.1", "tracker_new")
export declare function newHandle(tracker: usize): i32;
