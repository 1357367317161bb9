// A decorator on a function is AssemblyScript, not TypeScript: formatters and linters leave this file out.

/** Gives the host a handle for a head in linear memory. */
// @ts-ignore: decorator
@external("cm32p2|_ex_codexray:core/head@0.1", "samples-head_new")
export declare function newHandle(head: usize): i32;
