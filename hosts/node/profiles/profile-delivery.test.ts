import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { systemClock } from '../../../app/clock.ts';
import { silentLogger } from '../../../app/logging/logger.ts';
import { ProfileDelivery, type ProfileDeliveryOptions } from './profile-delivery.ts';

const dir = mkdtempSync(join(tmpdir(), 'codexray-profile-delivery-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const OPTIONS: ProfileDeliveryOptions = {
	profilesEndpoint: 'http://127.0.0.1:9/v1/profiles',
	disableProfiling: false,
	profileIntervalMs: 60_000,
	profilesPruneShare: 0,
	ownPids: [],
	containerOf: () => undefined,
	named: async () => {},
	host: { name: 'node 1', id: 'x' },
	// Nothing was built there, so nothing can be loaded.
	buildDir: dir,
	modules: {},
	apiKey: undefined,
	apiKeyFile: undefined,
	dataDir: dir,
	maxSpoolBytes: 1e6,
	clock: systemClock,
	log: silentLogger,
};

test.each([
	['switched off', { disableProfiling: true }, /--disable-profiling/],
	['without an endpoint', { profilesEndpoint: undefined }, /no endpoint/],
	['refused', {}, /codexray\.node/],
])('%s: nothing is sampled, and the feature says why', async (_name, given, reason) => {
	const profiles = await ProfileDelivery.open({ ...OPTIONS, ...given });
	expect(profiles.features()).toMatchObject([{ feature: 'cpu_profiles', ok: false }]);
	expect(profiles.features()[0]!.reason).toMatch(reason);
	expect(profiles.stages()).toEqual([]);
	await profiles.settle(10);
	await profiles.close();
});
