import type { Codec } from '../../../core-as/facade/index.ts';
import type { Clock } from '../../clock.ts';
import { Sender } from '../../delivery/sender.ts';
import type { Spool } from '../../delivery/spool.ts';
import type { Logger } from '../../logging/logger.ts';
import { MetricIngest } from '../ingest/metric-ingest.ts';
import type { SettingsStore } from '../settings.ts';
import type { StageStats } from '../stage.ts';
import { CacheUpdater } from './cache-updater.ts';
import { FORWARD_HEADERS, forwardPost } from './forward-post.ts';
import type { LossyStore } from './lost-refill.ts';
import { PrometheusSource, type SourceKind } from './prometheus-source.ts';
import { sourceAddress } from './source-address.ts';
import { SourceCalls } from './source-calls.ts';
import type { SourceHttp } from './source-http.ts';
import type { SourceStatus } from './source-status.ts';

/** How far back the past is copied where the store keeps all: a year of empty days takes 365 questions a group. */
const LONGEST_PAST_MS = 365 * 24 * 3_600_000;

export interface MetricSourceSettings {
	/** Where the API begins; user and password in it become basic auth. */
	url: string;
	/** Where pushed bodies go; default `url` + `/api/v1/write`. */
	remoteWriteUrl?: string;
	headers: Readonly<Record<string, string>>;
	/** Added to each question. */
	parameters: Readonly<Record<string, string>>;
	/** How it is read; null: tried out. */
	kind: SourceKind | null;
	intervalMs: number;
}

/** The metric source of a project that has a Prometheus-compatible URL: what is copied from it, what is forwarded to it. */
export class MetricSource {
	/** Takes what is pushed: validated, spooled as it came, and forwarded. Only the updater fills the chunk store. */
	readonly pushed: MetricIngest;
	/** The same for the server's own metrics. */
	readonly own: MetricIngest;
	readonly #copied: MetricIngest;
	readonly #updater: CacheUpdater;
	readonly #sender: Sender;

	constructor(o: {
		settings: MetricSourceSettings;
		http: SourceHttp;
		codec: Codec;
		/** What the chunk store follows, and what waits to be forwarded. */
		spools: { metrics: Spool; forward: Spool };
		state: SettingsStore;
		project: string;
		/** How old samples may be that are copied; null: from 1970 on. */
		retentionMs: number | null;
		/** What it lost is copied once more. */
		store?: LossyStore;
		clock: Clock;
		random(): number;
		log: Logger;
	}) {
		const { settings, codec, clock, random, log, http, spools } = o;
		const { address, headers } = sourceAddress(settings.url);
		const allHeaders = { ...settings.headers, ...headers };
		const calls = new SourceCalls({
			http,
			address,
			headers: allHeaders,
			parameters: settings.parameters,
			clock,
		});
		this.pushed = new MetricIngest({ codec, spool: spools.forward, clock, forward: true });
		this.own = new MetricIngest({ codec, spool: spools.forward, clock, forward: true });
		// What is too old or too far ahead is judged by the clock of who wrote it.
		const sourceClock: Clock = { now: () => calls.now(), sleep: (ms, signal) => clock.sleep(ms, signal) };
		this.#copied = new MetricIngest({
			...{ codec, spool: spools.metrics, clock: sourceClock },
			retentionMs: o.retentionMs,
		});
		this.#updater = new CacheUpdater({
			source: new PrometheusSource({ calls, codec, kind: settings.kind }),
			address,
			write: (body) => this.#copied.write(codec.snappyCompress(body), null),
			settings: o.state,
			project: o.project,
			clock,
			random,
			log: log.child({ stage: 'cache updater' }),
			intervalMs: settings.intervalMs,
			retentionMs: o.retentionMs ?? LONGEST_PAST_MS,
			...(o.store ? { store: o.store } : {}),
		});
		this.#sender = new Sender({
			spool: spools.forward,
			post: forwardPost({
				http,
				url: settings.remoteWriteUrl ?? `${address}/api/v1/write`,
				headers: allHeaders,
			}),
			headers: () => ({ ...FORWARD_HEADERS }),
			// With other credentials it is taken.
			waitsAfter: [401, 403],
			clock,
			random,
			log: log.child({ stage: 'forward' }),
		});
	}

	async start(): Promise<void> {
		await this.#updater.start();
		this.#sender.start();
	}

	async stop(): Promise<void> {
		await Promise.all([this.#updater.stop(), this.#sender.stop()]);
	}

	/** Copies a range once more, for example because our store lost it. Times in ms. */
	pullAgain(range: { from: number; to: number }): Promise<void> {
		return this.#updater.pullAgain(range);
	}

	status(): SourceStatus {
		return this.#updater.status();
	}

	/** Copied samples per second over the last minute. */
	samplesPerSecond(): number {
		return this.#copied.samplesPerSecond();
	}

	stages(): Record<string, StageStats> {
		const { received, sent, dropped, errors, fill } = this.#sender.stats();
		return {
			cache_updater: this.#updater.stats(),
			copied: this.#copied.stats(),
			forward: { received, sent, dropped, errors, fill },
		};
	}
}
