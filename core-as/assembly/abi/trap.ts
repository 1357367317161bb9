/**
 * Where a failed assertion or a full memory ends: a trap, which costs the instance.
 * `--use abort=` puts it in place of the host's `abort`, so that a component imports nothing.
 */
export function abort(_message: string | null, _file: string | null, _line: u32, _column: u32): void {
	unreachable();
}
