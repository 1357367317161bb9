import type { Codec } from '../../../core-as/facade/index.ts';
import type { Clock } from '../../clock.ts';
import { Labels } from '../../exposition/labels.ts';
import { RemoteWriteEncoder } from '../../exposition/remote-write.ts';
import { gauge } from '../../exposition/snapshot.ts';
import type { Logger } from '../../logging/logger.ts';
import type { MetricIngest } from '../ingest/metric-ingest.ts';
import type { SelfMetrics } from './self-metrics.ts';

export const SELF_JOB = 'codexray-server';
const INTERVAL_MS = 15_000;
const NO_BODY = new Uint8Array(0);
const UP = gauge('up', '1 while the server stores its own metrics.');
const NO_LABELS = new Labels([]);

export interface SelfScrapeOptions {
	metrics: SelfMetrics;
	ingest: Pick<MetricIngest, 'write'>;
	codec: Pick<Codec, 'encodeRemoteWrite' | 'snappyCompress'>;
	clock: Clock;
	log: Logger;
	/** Label `instance`. */
	instance: string;
}

/** Stores the server's own metrics as if it had been scraped, at the multiples of 15 s. */
export class SelfScrape {
	readonly #options: SelfScrapeOptions;
	readonly #encoder: RemoteWriteEncoder;
	readonly #stopping = new AbortController();

	constructor(options: SelfScrapeOptions) {
		this.#options = options;
		this.#encoder = new RemoteWriteEncoder([
			['instance', options.instance],
			['job', SELF_JOB],
		]);
	}

	/** Goes on until `stop`; what cannot be stored is said, and missing. */
	async run(): Promise<void> {
		const { clock, log } = this.#options;
		const { signal } = this.#stopping;
		for (;;) {
			await clock.sleep(INTERVAL_MS - (clock.now() % INTERVAL_MS), signal);
			if (signal.aborted) return;
			await this.store().catch((error: unknown) => {
				log.warn('own metrics are not stored this time', { error: String(error) });
			});
		}
	}

	/** Once, now. */
	async store(): Promise<void> {
		const { metrics, ingest, codec, clock } = this.#options;
		const snapshot = metrics.take(clock.now());
		snapshot.add(UP, NO_LABELS, 1);
		const { requests, commit } = this.#encoder.encode(snapshot);
		for (const { columns } of requests) {
			await ingest.write(codec.snappyCompress(codec.encodeRemoteWrite(columns, NO_BODY)), null);
		}
		commit();
	}

	stop(): void {
		this.#stopping.abort();
	}
}
