import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { describe, expect, test, vi } from 'vitest';
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
	const { status, share } = openRunStats(tmpdir(), true);
	expect(status).toMatchObject({
		...{ ok: false, unwanted: true, reason: 'switched off by --disable-bpf-stats' },
	});
	expect(share()).toBe(0);
});

describe.skipIf(kernelRefusal() !== '')('on the real kernel', () => {
	test('it works', () => {
		const { status, close } = openRunStats(BUILD_DIR, false);
		close();
		expect(status).toEqual({ feature: 'bpf_stats', tier: 'run_time', ok: true, reason: '' });
	});

	test('it is on at the start, and no more after a second', async () => {
		const stats = openRunStats(BUILD_DIR, false);
		expect(stats.share()).toBe(1);
		await vi.waitFor(() => expect(stats.share()).toBeLessThan(0.9), 10_000);
		stats.close();
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
