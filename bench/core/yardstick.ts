import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SOURCES = new URL('go', import.meta.url).pathname;
const PROGRAM = new URL('../../build/bench/yardstick', import.meta.url).pathname;

let built: boolean | undefined;

/** Builds the program of `go/`, once a run; false where there is no Go. */
function build(): boolean {
	try {
		execFileSync('go', ['version'], { stdio: 'ignore' });
	} catch {
		return false;
	}
	execFileSync('go', ['build', '-o', PROGRAM, '.'], { cwd: SOURCES, stdio: ['ignore', 'ignore', 'inherit'] });
	return true;
}

/** What Go's own library takes for the same bytes: CPU microseconds and sizes by name; undefined where there is no Go. */
export function goYardstick(command: string, body: Uint8Array): Record<string, number> | undefined {
	built ??= build();
	if (!built) return undefined;
	const folder = mkdtempSync(join(tmpdir(), 'codexray-yardstick-'));
	try {
		const file = join(folder, 'body');
		writeFileSync(file, body);
		return JSON.parse(execFileSync(PROGRAM, [command, file], { encoding: 'utf8' }));
	} finally {
		rmSync(folder, { recursive: true });
	}
}

/** A cell of a yardstick: what `text` makes of its figures, or that it did not run. */
export function yardstickCell(
	figures: Record<string, number> | undefined,
	text: (figures: Record<string, number>) => string,
): string {
	return figures === undefined ? 'skipped' : text(figures);
}
