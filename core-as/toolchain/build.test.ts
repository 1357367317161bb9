import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { buildCore } from './build.ts';
import { identifierOf } from './component-transform.ts';
import { patchDebugLog, patchLentLists, patchSyncTasks } from './patch.ts';
import { readWitPackage } from './wit.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

async function digests(dir: string): Promise<Record<string, string>> {
	const found: Record<string, string> = {};
	const entries = await readdir(dir, { recursive: true, withFileTypes: true });
	for (const entry of entries.filter((it) => it.isFile())) {
		const path = join(entry.parentPath, entry.name);
		found[path.slice(dir.length)] = createHash('sha256')
			.update(await readFile(path))
			.digest('hex');
	}
	return found;
}

test('the same sources give the same bytes', async () => {
	const top = await mkdtemp(join(tmpdir(), 'codexray-core-'));
	try {
		await buildCore({ root, outDir: join(top, 'one') });
		await buildCore({ root, outDir: join(top, 'two') });
		const first = await digests(join(top, 'one'));
		expect(await digests(join(top, 'two'))).toEqual(first);
		for (const name of ['codec', 'store', 'profiles', 'l7', 'logs']) {
			expect(Object.keys(first)).toContain(`/${name}.component.wasm`);
			expect(Object.keys(first)).toContain(`/${name}.core.wasm`);
			expect(Object.keys(first)).toContain(`/${name}.js`);
			expect(Object.keys(first)).toContain(`/${name}.d.ts`);
		}
	} finally {
		await rm(top, { recursive: true, force: true });
	}
}, 120_000);

test('export names of the canonical ABI become identifiers', () => {
	expect(identifierOf('cm32p2|codexray:core/remote-write@0.1|decode')).toBe('remote_write_decode');
	expect(identifierOf('cm32p2|codexray:core/l7@0.1|[constructor]tracker')).toBe('l7_tracker_new');
	expect(identifierOf('cm32p2|codexray:core/l7@0.1|[method]tracker.take_post')).toBe('l7_tracker_take_post');
	expect(identifierOf('cm32p2|codexray:core/l7@0.1|tracker_dtor')).toBe('l7_tracker_dtor');
	expect(identifierOf('cm32p2_realloc')).toBe('cabi_realloc');
});

test('the package line of the WIT stands once, in front', async () => {
	const text = await readWitPackage(join(root, 'wit/codexray-core'));
	expect(text.startsWith('package codexray:core@')).toBe(true);
	expect(text.match(/^package /gm)).toHaveLength(1);
});

test('output of another jco is not patched silently', () => {
	const log =
		'const _debugLog = (...args) => {\n    if (!globalThis?.process?.env?.JCO_DEBUG) { return; }\n    console.debug(...args);\n  };';
	expect(patchDebugLog(`a;${log}b;`)).toBe('a;const _debugLog = () => {};b;');
	expect(() => patchDebugLog('nothing')).toThrow(/0 places/);
	expect(() => patchDebugLog(log + log)).toThrow(/2 places/);
	expect(() => patchDebugLog(`${log}; globalThis.process.env.X`)).toThrow(/environment/);
});

test('lists are lent in one function', () => {
	const list = 'new Float64Array(memory0.buffer.slice(ptr4, ptr4 + len4 * 8));';
	const source = (body: string) =>
		`    function other() {\n${list}\n    }\n    function f(arg0) {\n${body}\n    }\n`;
	const bytes = 'new Uint8Array(memory0.buffer.slice(ptr5, ptr5 + len5 * 1));';
	const lent = 'new Float64Array(memory0.buffer, ptr4, len4);';
	expect(patchLentLists(source(list), 'f', 1)).toBe(source(lent));
	expect(patchLentLists(source(list + bytes), 'f', 2)).toBe(
		source(`${lent}new Uint8Array(memory0.buffer, ptr5, len5);`),
	);
	expect(() => patchLentLists(source(''), 'f', 1)).toThrow(/0, expected 1/);
	expect(() => patchLentLists(source(list + list), 'f', 1)).toThrow(/2, expected 1/);
	expect(() => patchLentLists(source(list), 'g', 1)).toThrow(/no function g/);
});

test('only synchronous calls lose their tasks', () => {
	const meta = '_withGlobalCurrentTaskMeta({';
	const source = (isAsync: boolean, calls: number) =>
		`const [task, _wasm_call_currentTaskID] = createNewCurrentTask({ componentIdx: 0, isAsync: ${isAsync}, });` +
		`function _withGlobalCurrentTaskMeta(args) { }${meta.repeat(calls)}`;
	const patched = patchSyncTasks(source(false, 5));
	expect(patched).toContain('const task = SYNC_TASK;');
	expect(patched).toContain('return args.fn();');
	expect(() => patchSyncTasks(source(true, 5))).toThrow(/not synchronous/);
	expect(() => patchSyncTasks(source(false, 6))).toThrow(/6 places/);
	expect(() => patchSyncTasks('')).toThrow(/tasks/);
});
