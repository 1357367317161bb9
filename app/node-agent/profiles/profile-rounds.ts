/**
 * One round of profiles: the samples of all processes since the last one, folded for each service, as pprof in the
 * spool. Services are folded one after the other in one fold, so that a round takes the memory of its largest.
 */

import { gzipSync } from 'node:zlib';
import type { Clock } from '../../clock.ts';
import { RECORD_KIND } from '../../delivery/record.ts';
import type { Spool } from '../../delivery/spool.ts';
import type { Logger } from '../../logging/logger.ts';
import { serviceNameOf } from '../../telemetry/service-name.ts';
import type { ProcessOwners } from '../processes/process-owners.ts';
import type { StageNumbers } from '../self-metrics.ts';
import type { CpuSampler } from './cpu-sampler.ts';
import type { StackFold } from './stack-fold.ts';

/** The parent system's name of what is sampled. */
export const CPU_PROFILE = { type: 'ebpf:cpu:nanoseconds', unit: 'nanoseconds' };

export interface ProfileRoundsOptions extends ProcessOwners {
	sampler: CpuSampler;
	fold: StackFold;
	spool: Pick<Spool, 'append'>;
	host: { name: string; id: string };
	/** Stacks below this share of a service's samples lose their leaves; 0 keeps all. */
	pruneShare: number;
	/** 16 fresh random bytes. */
	batchId: () => Uint8Array;
	clock: Clock;
	log: Logger;
}

export class ProfileRounds {
	readonly #options: ProfileRoundsOptions;
	/** Start of the round that runs, ms since the epoch. */
	#startedAt: number;
	#lastRound: Promise<void> = Promise.resolve();
	#received = 0;
	#sent = 0;
	#noService = 0;
	#refused = 0;
	#failed = 0;
	#errors = 0;
	#profiles = 0;

	constructor(options: ProfileRoundsOptions) {
		this.#options = options;
		this.#startedAt = options.clock.now();
	}

	/** Ends the round that runs; resolves when its profiles are on disk, or were dropped and counted. */
	take(): Promise<void> {
		this.#lastRound = this.#lastRound.then(() => this.#take());
		return this.#lastRound;
	}

	stats(): StageNumbers[] {
		const numbers = this.#options.sampler.numbers();
		const { taken, kernelThread, ignored, noCount, noStack, empty, lost } = numbers;
		return [
			{
				stage: 'cpu_samples',
				received: taken + kernelThread + ignored + noCount + noStack + empty,
				sent: taken - lost,
				dropped: {
					kernel_thread: kernelThread,
					own_process: ignored,
					counts_full: noCount,
					stacks_full: noStack,
					no_frames: empty,
					memory: lost,
				},
				errors: numbers.errors,
				fill: numbers.fill,
			},
			{
				stage: 'cpu_profiles',
				received: this.#received,
				sent: this.#sent,
				dropped: { no_service: this.#noService, refused: this.#refused, failed: this.#failed },
				errors: this.#errors,
			},
		];
	}

	/** Profiles that went to the spool. */
	get profiles(): number {
		return this.#profiles;
	}

	async #take(): Promise<void> {
		const { sampler, clock, log } = this.#options;
		const window = { startedAt: this.#startedAt, endedAt: clock.now() };
		this.#startedAt = window.endedAt;
		try {
			for (const [container, service] of await this.#services()) {
				await this.#send(container, service, window);
			}
		} catch (error) {
			this.#errors++;
			log.error('a round of CPU profiles is lost', { error });
		} finally {
			sampler.release();
		}
	}

	/** Processes of the round by container. */
	async #services(): Promise<Map<string, Service>> {
		const { sampler, containerOf, named } = this.#options;
		const processes = await sampler.collect();
		await named();
		const services = new Map<string, Service>();
		for (const [index, pid] of processes.pids.entries()) {
			const samples = processes.samples[index]!;
			this.#received += samples;
			if (processes.refused[index] === 1) {
				this.#refused += samples;
				continue;
			}
			const container = containerOf(pid, processes.cgroups[index]!);
			if (container === undefined) {
				this.#noService += samples;
				continue;
			}
			const service = services.get(container);
			if (service === undefined) services.set(container, { samples, indices: [index] });
			else {
				service.samples += samples;
				service.indices.push(index);
			}
		}
		return services;
	}

	async #send(container: string, service: Service, window: Window): Promise<void> {
		const { sampler, fold, spool, batchId, log } = this.#options;
		try {
			fold.clear();
			fold.add(sampler.stacks(Uint32Array.from(service.indices)), 1e9 / sampler.hertz);
			fold.prune(this.#options.pruneShare);
			const pprof = fold.pprof({
				types: [CPU_PROFILE],
				// The end: receivers subtract the duration.
				timeNanos: BigInt(window.endedAt) * 1_000_000n,
				durationNanos: BigInt(window.endedAt - window.startedAt) * 1_000_000n,
				period: Math.round(1e9 / sampler.hertz),
			});
			await spool.append({
				kind: RECORD_KIND.profiles,
				batchId: batchId(),
				payload: gzipSync(pprof),
				sourceState: new TextEncoder().encode(this.#query(container)),
			});
			this.#sent += service.samples;
			this.#profiles++;
		} catch (error) {
			this.#failed += service.samples;
			this.#errors++;
			log.error('a CPU profile is dropped', { container, error });
		}
	}

	/** What the receiver learns from the URL; travels with the record. */
	#query(container: string): string {
		const { name, id } = this.#options.host;
		return new URLSearchParams({
			'service.name': serviceNameOf(container),
			'container.id': container,
			'host.name': name,
			'host.id': id,
		}).toString();
	}
}

interface Service {
	samples: number;
	indices: number[];
}

interface Window {
	startedAt: number;
	endedAt: number;
}

/** The URL that a record of the spool goes to: its query joins what the endpoint has. */
export function profileUrl(endpoint: string, sourceState: Uint8Array): string {
	const url = new URL(endpoint);
	for (const [key, value] of new URLSearchParams(new TextDecoder().decode(sourceState))) {
		url.searchParams.set(key, value);
	}
	return url.href;
}
