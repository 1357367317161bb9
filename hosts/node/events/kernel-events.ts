import { Worker } from 'node:worker_threads';
import type { Logger } from '../../../app/logging/logger.ts';
import type { KernelEvents, KernelStats } from '../../../app/node-agent/kernel-events.ts';
import type { Activity, CoreModules, SpanBatch, SpanSettings } from '../../../core-as/facade/index.ts';
import { programFile } from '../commands/paths.ts';
import type { KernelOptions } from './kernel-features.ts';
import type { WorkerMessage, WorkerRequest, WorkerSettings } from './worker-messages.ts';

/** Control records kept until somebody listens; more are dropped, the oldest first, and counted. */
const UNHEARD_BYTES = 1 << 20;

/**
 * The thread keeps next to nothing on its heap: columns pass through it. At the bound it ends, and so do all
 * questions to it.
 */
const YOUNG_HEAP_MB = 4;
const OLD_HEAP_MB = 128;

export interface KernelEventsOptions extends KernelOptions {
	/** The compiled core; the thread runs the L7 tracker of it. */
	modules: CoreModules;
	log: Logger;
	/** Longest pause between drains while something comes; default 50. */
	drainIntervalMs?: number;
	/** Without it there are no spans. */
	spans?: SpanSettings;
}

/**
 * Starts the thread, loads what the kernel takes, and drains. Features that the kernel refuses are off, with a
 * reason in `stats()`, and so are all of them without the addon.
 */
export async function openKernelEvents(options: KernelEventsOptions): Promise<KernelEvents> {
	const { log, ...rest } = options;
	const settings: WorkerSettings = {
		drainIntervalMs: 50,
		spans: undefined,
		...rest,
	};
	const worker = new Worker(programFile('hosts/node/events/kernel-worker'), {
		name: 'kernel-worker',
		workerData: settings,
		resourceLimits: { maxYoungGenerationSizeMb: YOUNG_HEAP_MB, maxOldGenerationSizeMb: OLD_HEAP_MB },
	});
	const thread = new KernelThread(worker, log);
	await thread.ready;
	return thread;
}

/** The main thread's end: questions and answers by id. */
class KernelThread implements KernelEvents {
	/** Resolves when the programs are attached. */
	readonly ready: Promise<void>;
	readonly #worker: Worker;
	readonly #log: Logger;
	/** Bounded by its callers, who wait for their answers. */
	readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
	readonly #ended: Promise<void>;
	#nextId = 1;
	#listener: ((records: Uint8Array) => void) | undefined;
	#onSpans: ((batch: SpanBatch) => void) | undefined;
	#unheard: Uint8Array[] = [];
	#unheardBytes = 0;
	#unheardDropped = 0;
	#closing: Promise<void> | undefined;
	#failure: Error | undefined;

	constructor(worker: Worker, log: Logger) {
		this.#worker = worker;
		this.#log = log;
		this.ready = new Promise((resolve, reject) => {
			worker.on('message', (message: WorkerMessage) => {
				if (message.kind === 'ready') {
					this.#logFeatures(message.features);
					resolve();
				} else this.#onMessage(message);
			});
			worker.on('error', (error) => {
				this.#fail(error as Error);
				reject(error);
			});
		});
		this.#ended = new Promise((resolve) => {
			worker.on('exit', () => {
				this.#fail(new Error('the kernel thread has ended'));
				resolve();
			});
		});
	}

	take(): Promise<Activity> {
		return this.#ask<Activity>('take');
	}

	async stats(): Promise<KernelStats> {
		const stats = await this.#ask<KernelStats>('stats');
		for (const ring of stats.rings) {
			if (ring.ring === 'control') ring.lost.unheard_batches = this.#unheardDropped;
		}
		return stats;
	}

	onControl(listener: (records: Uint8Array) => void): void {
		this.#listener = listener;
		const unheard = this.#unheard;
		this.#unheard = [];
		this.#unheardBytes = 0;
		for (const records of unheard) listener(records);
	}

	onSpans(listener: (batch: SpanBatch) => void): void {
		this.#onSpans = listener;
	}

	close(): Promise<void> {
		this.#closing ??= this.#close();
		return this.#closing;
	}

	async #close(): Promise<void> {
		if (this.#failure === undefined) {
			await this.#ask('close').catch((error) => this.#log.warn('kernel thread did not close', { error }));
		}
		await this.#worker.terminate();
		await this.#ended;
	}

	#ask<T>(ask: WorkerRequest['ask']): Promise<T> {
		if (this.#failure !== undefined) return Promise.reject(this.#failure);
		const id = this.#nextId++;
		return new Promise<T>((resolve, reject) => {
			this.#waiting.set(id, { resolve: (value) => resolve(value as T), reject });
			this.#worker.postMessage({ id, ask } satisfies WorkerRequest);
		});
	}

	#onMessage(message: Exclude<WorkerMessage, { kind: 'ready' }>): void {
		if (message.kind === 'control') this.#onRecords(message.records);
		else if (message.kind === 'spans') this.#onSpans?.(message.batch);
		else if (message.kind === 'trap')
			this.#log.error('the L7 tracker failed and was replaced', { reason: message.message });
		else {
			const waiting = this.#waiting.get(message.id);
			this.#waiting.delete(message.id);
			if (message.kind === 'answer') waiting?.resolve(message.value);
			else waiting?.reject(message.error);
		}
	}

	#onRecords(records: Uint8Array): void {
		if (this.#listener !== undefined) {
			this.#listener(records);
			return;
		}
		this.#unheard.push(records);
		this.#unheardBytes += records.length;
		while (this.#unheardBytes > UNHEARD_BYTES) {
			this.#unheardBytes -= this.#unheard.shift()!.length;
			this.#unheardDropped++;
		}
	}

	#logFeatures(features: KernelStats['features']): void {
		for (const { feature, tier, ok, reason } of features) {
			if (ok) this.#log.info('kernel feature works', { feature, tier, reason });
			else this.#log.warn('kernel feature is off', { feature, reason });
		}
	}

	#fail(error: Error): void {
		this.#failure ??= error;
		for (const { reject } of this.#waiting.values()) reject(error);
		this.#waiting.clear();
	}
}
