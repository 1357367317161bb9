import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { openRunStats } from './run-stats.ts';
import { BUILD_DIR, kernelRefusal } from './testing/observed-kernel.ts';

test('without the addon it is off, and says why', () => {
	const { status, close } = openRunStats(tmpdir(), false);
	expect(status).toMatchObject({
		feature: 'bpf_stats',
		ok: false,
		reason: expect.stringContaining('codexray.node'),
	});
	close();
});

test('switched off, the kernel is not asked', () => {
	expect(openRunStats(tmpdir(), true).status).toMatchObject({
		...{ ok: false, unwanted: true, reason: 'switched off by --disable-bpf-stats' },
	});
});

describe.skipIf(kernelRefusal() !== '')('on the real kernel', () => {
	test('it works', () => {
		const { status, close } = openRunStats(BUILD_DIR, false);
		close();
		expect(status).toEqual({ feature: 'bpf_stats', tier: 'run_time', ok: true, reason: '' });
	});

	test('without rights it is off', () => {
		const script = `import { openRunStats } from ${JSON.stringify(new URL('./run-stats.ts', import.meta.url).href)};
process.setgroups([]); process.setgid(65534);
const { loadKernelAddon } = await import(${JSON.stringify(new URL('./kernel-addon.ts', import.meta.url).href)});
loadKernelAddon(${JSON.stringify(BUILD_DIR)});
process.setuid(65534);
console.log(JSON.stringify(openRunStats(${JSON.stringify(BUILD_DIR)}, false).status));`;
		const told = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
		expect(JSON.parse(told)).toMatchObject({ ok: false, reason: expect.stringContaining('not permitted') });
	});
});
