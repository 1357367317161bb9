import assert from 'node:assert/strict';
import type { SecretFiles, SettingsStore } from './settings.ts';
import { MemorySettings } from './testing/memory-settings.ts';

export type Cases = Record<string, () => void | Promise<void>>;

export interface SettingsPlace {
	/** As a new process would open them. */
	open(): Promise<{ settings: SettingsStore; files: SecretFiles }>;
	dispose(): Promise<void>;
}

/** What every adapter of SettingsStore and SecretFiles must make true. */
export function settingsCases(place: () => Promise<SettingsPlace>): Cases {
	const within =
		(run: (reopen: () => Promise<{ settings: SettingsStore; files: SecretFiles }>) => Promise<void>) =>
		async () => {
			const p = await place();
			let held: { settings: SettingsStore; files: SecretFiles } | null = null;
			try {
				await run(async () => {
					await held?.settings.close();
					held = await p.open();
					return held;
				});
			} finally {
				await (held as { settings: SettingsStore } | null)?.settings.close();
				await p.dispose();
			}
		};
	return {
		'settings and secrets last': within(async (reopen) => {
			const { settings, files } = await reopen();
			assert.equal(await settings.get('a'), null);
			assert.equal(await files.read('a'), null);
			await settings.set('a', '1');
			await settings.set('a', "it's 2");
			await files.write('a', 'secret\n');
			await files.write('a', 'newer\n');
			const again = await reopen();
			assert.equal(await again.settings.get('a'), "it's 2");
			assert.equal(await again.files.read('a'), 'newer\n');
		}),
		'sessions end, are removed, and are bounded': within(async (reopen) => {
			const { settings } = await reopen();
			for (const n of [1, 2, 3, 4]) await settings.addSession(`s${n}`, n * 1000);
			const { settings: again } = await reopen();
			assert.equal(await again.sessionExpiry('s2'), 2000);
			assert.equal(await again.sessionExpiry('none'), null);
			await again.removeSession('s3');
			assert.equal(await again.sessionExpiry('s3'), null);
			await again.pruneSessions(1000, 1);
			assert.deepEqual(
				[await again.sessionExpiry('s1'), await again.sessionExpiry('s2'), await again.sessionExpiry('s4')],
				[null, null, 4000],
			);
		}),
	};
}

export const cases: Cases = settingsCases(async () => {
	const settings = new MemorySettings();
	return { open: async () => ({ settings, files: settings }), dispose: async () => {} };
});
