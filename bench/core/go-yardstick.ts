import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MODULE = fileURLToPath(new URL('go/', import.meta.url));

/**
 * Runs a command of bench/core/go over bodies, which it reads from a file, and returns the JSON that it prints; undefined
 * where Go is missing or the module cannot be built, which is printed.
 */
export function goYardstick<Result>(command: string, bodies: readonly Uint8Array[]): Result | undefined {
	if (spawnSync('go', ['version']).status !== 0) return undefined;
	const folder = mkdtempSync(join(tmpdir(), 'yardstick-'));
	try {
		const program = join(folder, command);
		const built = spawnSync('go', ['build', '-o', program, `./${command}`], {
			cwd: MODULE,
			encoding: 'utf8',
		});
		if (built.status !== 0) {
			console.error(`bench/core/go/${command} was not built:\n${built.stderr}`);
			return undefined;
		}
		const file = join(folder, 'bodies');
		writeFileSync(file, packed(bodies));
		const run = spawnSync(program, [file], { encoding: 'utf8' });
		if (run.status !== 0) throw new Error(`bench/core/go/${command} failed:\n${run.stderr}`);
		return JSON.parse(run.stdout) as Result;
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Each body after its length, 32 bits little endian. */
function packed(bodies: readonly Uint8Array[]): Uint8Array {
	const lengths = bodies.map(({ length }) => {
		const bytes = Buffer.alloc(4);
		bytes.writeUInt32LE(length);
		return bytes;
	});
	return Buffer.concat(bodies.flatMap((body, i) => [lengths[i]!, body]));
}
