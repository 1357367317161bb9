import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeStateFile } from './node-state-file.ts';

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), 'state-'));
	try {
		await run(folder);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

export const cases = {
	'what was written last is read; before that there is nothing': () =>
		inFolder(async (folder) => {
			const file = new NodeStateFile(join(folder, 'state'));
			assert.equal(await file.read(), null);
			for (const bytes of [new Uint8Array(100_000).fill(7), Uint8Array.of(1, 2)]) {
				await file.replace(bytes);
				assert.deepEqual([...(await new NodeStateFile(join(folder, 'state')).read())!], [...bytes]);
			}
			assert.deepEqual(await readdir(folder), ['state']);
			assert.equal((await stat(join(folder, 'state'))).mode & 0o777, 0o600);
		}),
	'what a crash left half written is not read, and is no hindrance': () =>
		inFolder(async (folder) => {
			const file = new NodeStateFile(join(folder, 'state'));
			await file.replace(Uint8Array.of(1));
			await writeFile(join(folder, 'state.new'), 'half');
			assert.deepEqual([...(await file.read())!], [1]);
			await file.replace(Uint8Array.of(2));
			assert.deepEqual([...(await file.read())!], [2]);
			assert.deepEqual(await readdir(folder), ['state']);
		}),
	'a folder that is not there is an error, and so is a folder in its place': () =>
		inFolder(async (folder) => {
			await assert.rejects(new NodeStateFile(join(folder, 'none', 'state')).replace(Uint8Array.of(1)));
			await assert.rejects(new NodeStateFile(folder).read());
		}),
};
