/** CPU profiles of the node: sampler, rounds, and the way out. */

import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../app/clock.ts';
import type { Logger } from '../../../app/logging/logger.ts';
import type { PartUsage } from '../../../app/node-agent/cost/usage.ts';
import { outletStages } from '../../../app/node-agent/delivery-numbers.ts';
import type { ProcessOwners } from '../../../app/node-agent/processes/process-owners.ts';
import { ProfileRounds, profileUrl } from '../../../app/node-agent/profiles/profile-rounds.ts';
import type { FeatureStatus, StageNumbers } from '../../../app/node-agent/self-metrics.ts';
import { type CoreModules, createProfileFold } from '../../../core-as/facade/index.ts';
import type { AgentOutlet } from '../agent-outlet.ts';
import { loadKernelAddon } from '../events/kernel-addon.ts';
import { SignalOutlet } from '../signal-outlet.ts';
import { KernelCpuSampler } from './cpu-sampler.ts';

const FEATURE = 'cpu_profiles';
const TIER = 'perf_event';

/** The body says itself that it is gzip, and its query who it is of. */
const HEADERS = { 'User-Agent': 'codexray-node-agent' };

export interface ProfileDeliveryOptions extends ProcessOwners {
	/** Undefined: nothing is sampled. */
	profilesEndpoint: string | undefined;
	disableProfiling: boolean;
	profileIntervalMs: number;
	profilesPruneShare: number;
	/** Processes that are never sampled. */
	ownPids: number[];
	host: { name: string; id: string };
	buildDir: string;
	modules: CoreModules;
	apiKey: string | undefined;
	apiKeyFile: string | undefined;
	dataDir: string;
	maxSpoolBytes: number;
	clock: Clock;
	log: Logger;
}

export class ProfileDelivery implements AgentOutlet {
	readonly #status: { reason: string; unwanted?: boolean };
	readonly #parts: Parts | undefined;
	readonly #stopping = new AbortController();
	readonly #loop: Promise<void>;

	private constructor(status: { reason: string; unwanted?: boolean }, parts?: Parts) {
		this.#status = status;
		this.#parts = parts;
		this.#loop = parts ? this.#run(parts) : Promise.resolve();
	}

	/** Never rejects for what the kernel refuses: then nothing is sampled, and the feature says why. */
	static async open(o: ProfileDeliveryOptions): Promise<ProfileDelivery> {
		const { profilesEndpoint: endpoint, log, clock } = o;
		if (o.disableProfiling)
			return new ProfileDelivery({ reason: 'switched off by --disable-profiling', unwanted: true });
		if (endpoint === undefined)
			return new ProfileDelivery({ reason: 'no endpoint for profiles', unwanted: true });
		let sampler: KernelCpuSampler;
		try {
			sampler = KernelCpuSampler.open(loadKernelAddon(o.buildDir), o.buildDir, o.ownPids);
		} catch (error) {
			const [reason = ''] = (error as Error).message.split('\n');
			log.warn('CPU profiles are off', { reason });
			return new ProfileDelivery({ reason });
		}
		try {
			const fold = createProfileFold(o.modules);
			const outlet = await SignalOutlet.open({
				...o,
				signal: 'profiles',
				url: (record) => profileUrl(endpoint, record.sourceState),
				headers: HEADERS,
			});
			const rounds = new ProfileRounds({
				...{ sampler, fold, log, clock },
				spool: outlet.spool,
				containerOf: o.containerOf,
				named: o.named,
				host: o.host,
				pruneShare: o.profilesPruneShare,
				batchId: () => randomBytes(16),
			});
			return new ProfileDelivery(
				{ reason: '' },
				{ sampler, rounds, outlet, clock, intervalMs: o.profileIntervalMs },
			);
		} catch (error) {
			sampler.close();
			throw error;
		}
	}

	features(): FeatureStatus[] {
		const ok = this.#parts !== undefined;
		return [{ feature: FEATURE, tier: ok ? TIER : '', ok, ...this.#status }];
	}

	stages(): StageNumbers[] {
		if (!this.#parts) return [];
		const { rounds, outlet } = this.#parts;
		const { spool, sender } = outlet.stats();
		return [...rounds.stats(), ...outletStages('profiles', spool, sender)];
	}

	usage(): PartUsage | undefined {
		if (!this.#parts) return undefined;
		const { sampler } = this.#parts;
		return { owner: 'profiles', cpuSeconds: sampler.numbers().lookupSeconds, bpf: sampler.bpf() };
	}

	/** Ends the round that runs, and waits a while until its profiles are delivered. */
	async settle(ms: number): Promise<void> {
		await this.#parts?.rounds.take();
		await this.#parts?.outlet.settle(ms);
	}

	/** What is not delivered stays on disk. */
	async close(): Promise<void> {
		this.#stopping.abort();
		await this.#loop;
		await this.#parts?.outlet.close();
		this.#parts?.sampler.close();
	}

	async #run({ rounds, clock, intervalMs }: Parts): Promise<void> {
		const { signal } = this.#stopping;
		let next = clock.now() + intervalMs;
		while (!signal.aborted) {
			await clock.sleep(Math.max(0, next - clock.now()), signal);
			if (signal.aborted) return;
			// A round that took longer than the interval is not made up for.
			next = Math.max(next + intervalMs, clock.now());
			await rounds.take();
		}
	}
}

interface Parts {
	sampler: KernelCpuSampler;
	rounds: ProfileRounds;
	outlet: SignalOutlet;
	clock: Clock;
	intervalMs: number;
}
