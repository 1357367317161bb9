/** Writes a number as UTF-16 into at least 64 bytes; returns how many characters. Part of AssemblyScript's standard library. */
export declare function dtoa_buffered(buffer: usize, value: f64): u32;
