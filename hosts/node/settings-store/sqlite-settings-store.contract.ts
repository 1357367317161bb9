import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cases, settingsCases } from '../../../app/server/settings.contract.ts';
import { NodeSecretFiles } from './node-secret-files.ts';
import { SqliteSettingsStore } from './sqlite-settings-store.ts';

export const cases: Cases = settingsCases(async () => {
	const folder = await mkdtemp(join(tmpdir(), 'settings-'));
	return {
		open: async () => ({
			settings: new SqliteSettingsStore(join(folder, 'settings.sqlite')),
			files: new NodeSecretFiles(folder),
		}),
		dispose: () => rm(folder, { recursive: true, force: true }),
	};
});
