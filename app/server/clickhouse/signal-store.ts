import type { Codec } from '../../../core-as/facade/index.ts';
import type { Clock } from '../../clock.ts';
import type { Spool } from '../../delivery/spool.ts';
import { type Feature, featureOf } from '../../features/feature.ts';
import type { Logger } from '../../logging/logger.ts';
import { ServerError } from '../errors.ts';
import type { Faults } from '../faults.ts';
import { ProfileIngest } from '../ingest/profile-ingest.ts';
import { SignalIngest } from '../ingest/signal-ingest.ts';
import type { SettingsStore } from '../settings.ts';
import type { StageStats } from '../stage.ts';
import { type Engine, EngineError } from './engine.ts';
import { engineFailure } from './engine-failure.ts';
import { Inserter } from './inserter.ts';
import { databaseOf } from './migrate.ts';
import type { Question } from './question.ts';
import { OTLP_SIGNALS, type OtlpSignal, SIGNALS, type Signal } from './schema.ts';
import { Tables } from './tables.ts';

/** Logs, traces and profiles of one project. */
export interface Signals {
	/** Throws CXR_SIGNALS_OFF when there is no engine at all. */
	ingest(signal: OtlpSignal): SignalIngest;
	/** Throws CXR_SIGNALS_OFF when there is no engine at all. */
	profiles(): ProfileIngest;
	/**
	 * Lets `work` ask the engine until `gone` aborts. Throws CXR_SIGNALS_OFF, CXR_ENGINE_AWAY, CXR_ENGINE_FAILED,
	 * CXR_QUERY_TOO_LARGE, CXR_QUERY_CANCELLED.
	 */
	ask<T>(work: (question: Question) => Promise<T>, gone?: AbortSignal): Promise<T>;
	features(): Feature[];
	stages(): Record<string, StageStats>;
}

/** What goes on while there is no engine, and while one does not answer. */
const WITHOUT_ENGINE = 'Metrics, the service map and the pages of applications.';
const WAITS = 'What is sent waits on disk until it works again.';
const ENGINE_AWAY = `${WITHOUT_ENGINE} ${WAITS}`;

/** Without an engine; `help` says what it takes. */
export function signalsOff(
	reason: string,
	help: Pick<Feature, 'missing' | 'command'> | undefined = undefined,
): Signals {
	const refuse = (): never => {
		throw new ServerError('CXR_SIGNALS_OFF', reason);
	};
	return {
		ingest: refuse,
		profiles: refuse,
		ask: async () => refuse(),
		features: () =>
			SIGNALS.map((feature) => featureOf({ feature, ok: false, reason, works: WITHOUT_ENGINE, ...help })),
		stages: () => ({}),
	};
}

const FIRST_BACKOFF_MS = 100;
const LAST_BACKOFF_MS = 30_000;

export interface SignalStoreOptions {
	/** Metrics are in this engine, too: without it there are none to look at. */
	hasMetrics?: boolean;
	engine: Engine;
	spools: Record<Signal, Spool>;
	codec: Pick<Codec, 'decodeLogs' | 'decodeSpans' | 'decodePprof'>;
	settings: Pick<SettingsStore, 'get' | 'set'>;
	project: string;
	clock: Clock;
	log: Logger;
	faults: Faults;
}

/** Takes all signals in, brings them to the engine, and answers from it. */
export class SignalStore implements Signals {
	readonly #engine: Engine;
	/** What goes on without it. */
	readonly #works: string;
	readonly #tables: Tables;
	readonly #clock: Clock;
	readonly #log: Logger;
	readonly #spools: Record<Signal, Spool>;
	readonly #ingests: Record<OtlpSignal, SignalIngest>;
	readonly #profiles: ProfileIngest;
	readonly #inserters: Record<Signal, Inserter>;
	readonly #stop = new AbortController();
	#making: Promise<void> | null = null;

	constructor(o: SignalStoreOptions) {
		this.#engine = o.engine;
		this.#works = o.hasMetrics ? WAITS : ENGINE_AWAY;
		this.#clock = o.clock;
		this.#log = o.log;
		this.#spools = o.spools;
		this.#tables = new Tables(o.engine, databaseOf(o.project));
		const each = <K extends Signal, T>(of: readonly K[], make: (signal: K) => T) =>
			Object.fromEntries(of.map((signal) => [signal, make(signal)])) as Record<K, T>;
		this.#ingests = each(
			OTLP_SIGNALS,
			(signal) => new SignalIngest({ signal, codec: o.codec, spool: o.spools[signal], clock: o.clock }),
		);
		this.#profiles = new ProfileIngest({ codec: o.codec, spool: o.spools.profiles, clock: o.clock });
		this.#inserters = each(
			SIGNALS,
			(signal) =>
				new Inserter({
					signal,
					spool: o.spools[signal],
					engine: o.engine,
					tables: this.#tables,
					settings: o.settings,
					clock: o.clock,
					log: o.log,
					faults: o.faults,
				}),
		);
	}

	/** Does not wait for the engine. */
	start(): void {
		this.#making ??= this.#makeTables();
		for (const signal of SIGNALS) this.#inserters[signal].start();
	}

	/** Stops inserting and lets go of the engine; spools are the caller's. */
	async stop(): Promise<void> {
		this.#stop.abort();
		// First the engine: an insert that waits for it would hold up the end.
		await this.#engine.close();
		await Promise.all([this.#making, ...SIGNALS.map((signal) => this.#inserters[signal].stop())]);
	}

	ingest(signal: OtlpSignal): SignalIngest {
		return this.#ingests[signal];
	}

	profiles(): ProfileIngest {
		return this.#profiles;
	}

	async ask<T>(work: (question: Question) => Promise<T>, gone?: AbortSignal): Promise<T> {
		const engine = this.#engine;
		try {
			await this.#tables.ready();
			return await work({
				database: this.#tables.database,
				select: (sql, params) => engine.select(sql, params, gone),
			});
		} catch (error) {
			if (!(error instanceof EngineError)) throw error;
			if (error.tableMissing) this.#tables.forget();
			throw engineFailure(error);
		}
	}

	features(): Feature[] {
		const engine = this.#engine.state();
		return SIGNALS.map((feature) => {
			const reason = engine.ok
				? (this.#inserters[feature].failing ??
					this.#tables.failure ??
					(this.#tables.isReady ? null : 'The tables are being made.'))
				: engine.reason;
			return featureOf({ feature, ok: reason === null, reason, works: reason === null ? null : this.#works });
		});
	}

	stages(): Record<string, StageStats> {
		const stages: Record<string, StageStats> = {};
		for (const signal of SIGNALS) {
			const spool = this.#spools[signal].stats();
			const ingest = signal === 'profiles' ? this.#profiles : this.#ingests[signal];
			stages[`${signal}_ingest`] = ingest.stats();
			stages[`${signal}_spool`] = { ...spool, sent: spool.released };
			stages[`${signal}_insert`] = this.#inserters[signal].stats();
		}
		return stages;
	}

	async #makeTables(): Promise<void> {
		let backoff = FIRST_BACKOFF_MS;
		while (!this.#stop.signal.aborted) {
			try {
				await this.#tables.ready();
				return;
			} catch (error) {
				if (!(error instanceof EngineError && error.code === null))
					this.#log.error('the tables in ClickHouse cannot be made', { error: String(error) });
				await this.#clock.sleep(backoff, this.#stop.signal);
				backoff = Math.min(backoff * 2, LAST_BACKOFF_MS);
			}
		}
	}
}
