import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createChunkCodec, createCodec, createTracker } from '../../../core-as/facade/index.ts';
import { loadCoreModules } from './core-modules.ts';

test('the built modules serve every door of the facade', async () => {
	const modules = await loadCoreModules(fileURLToPath(new URL('../../../build/core', import.meta.url)));
	expect(Object.keys(modules)).toContain('codec.core.wasm');
	expect(Object.keys(modules)).not.toContain('codec.component.wasm');
	expect(createCodec(modules).snappyCompress(new Uint8Array(0))).toEqual(new Uint8Array([0]));
	expect(createTracker(modules).take().rows).toBe(0);
	expect(createChunkCodec(modules).traps).toBe(0);
});

test('a folder without modules is said in words', async () => {
	const empty = await mkdtemp(join(tmpdir(), 'codexray-modules-'));
	await expect(loadCoreModules(empty)).rejects.toThrow(/run the build first/);
	await rm(empty, { recursive: true });
});
