// A decorator on a function is AssemblyScript, not TypeScript: formatters and linters leave this file out.

/** Gives the host a handle for a source in linear memory. */
// @ts-ignore: decorator
@external("cm32p2|_ex_codexray:core/logs@0.1", "source_new")
export declare function newHandle(source: usize): i32;
