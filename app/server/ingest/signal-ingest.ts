import { type Codec, CoreError, type OtlpTimes } from '../../../core-as/facade/index.ts';
import type { Clock } from '../../clock.ts';
import { DeliveryError, SpoolFullError } from '../../delivery/errors.ts';
import { RECORD_KIND } from '../../delivery/record.ts';
import type { Spool } from '../../delivery/spool.ts';
import { type OtlpSignal, RETENTION_DAYS, SCHEMA_VERSION, type Signal } from '../clickhouse/schema.ts';
import { ServerError } from '../errors.ts';
import { addTo, type StageStats } from '../stage.ts';
import { encodeRowBlock } from './row-block.ts';

export interface SignalResult {
	/** Log records or spans that are on disk. */
	accepted: number;
	/** That are not stored, by reason. */
	rejected: Record<string, number>;
}

const DAY_MS = 24 * 3_600_000;
/** Clocks of nodes differ. */
const MAX_AHEAD_MS = 3_600_000;
const NS_PER_MS = 1_000_000n;
const RETRY_AFTER_S = 5;

/** OTLP requests of one signal into its spool: decoded first, acknowledged when the rows are on disk. */
export class SignalIngest {
	readonly #signal: OtlpSignal;
	readonly #codec: Pick<Codec, 'decodeLogs' | 'decodeSpans'>;
	readonly #spool: Spool;
	readonly #clock: Clock;
	#received = 0;
	#sent = 0;
	#errors = 0;
	#dropped: Record<string, number> = {};

	constructor(o: {
		signal: OtlpSignal;
		codec: Pick<Codec, 'decodeLogs' | 'decodeSpans'>;
		spool: Spool;
		clock: Clock;
	}) {
		this.#signal = o.signal;
		this.#codec = o.codec;
		this.#spool = o.spool;
		this.#clock = o.clock;
	}

	/** `body` is an uncompressed export request in protobuf. */
	async write(body: Uint8Array): Promise<SignalResult> {
		const { block, count, badTimes, badIds, tooDeep } = this.#decode(body);
		const rejected: Record<string, number> = {};
		addTo(rejected, 'time is missing, older than the retention or in the future', badTimes);
		addTo(rejected, 'no valid trace id and span id', badIds);
		addTo(rejected, 'values are nested over 32 levels', tooDeep);
		for (const [reason, n] of Object.entries(rejected)) addTo(this.#dropped, reason, n);
		this.#received += count + badTimes + badIds + tooDeep;
		if (count > 0) {
			try {
				await this.#spool.append({
					kind: RECORD_KIND[this.#signal],
					batchId: crypto.getRandomValues(new Uint8Array(16)),
					payload: encodeRowBlock({ schema: SCHEMA_VERSION, count, rows: block }),
				});
			} catch (error) {
				this.#errors++;
				throw refusalOf(error);
			}
			this.#sent += count;
		}
		return { accepted: count, rejected };
	}

	stats(): StageStats {
		return {
			received: this.#received,
			sent: this.#sent,
			dropped: { ...this.#dropped },
			errors: this.#errors,
			fill: this.#spool.stats().fill,
		};
	}

	#decode(body: Uint8Array) {
		const times = timesOf(this.#signal, this.#clock.now());
		try {
			return this.#signal === 'logs'
				? this.#codec.decodeLogs(body, times)
				: this.#codec.decodeSpans(body, times);
		} catch (error) {
			if (!(error instanceof CoreError)) throw error;
			this.#errors++;
			addTo(this.#dropped, error.code, 1);
			if (error.code === 'CXR_CORE_TRAP') throw error;
			const code = error.code === 'CXR_CORE_OTLP_TOO_LARGE' ? 'CXR_INGEST_TOO_LARGE' : 'CXR_INGEST_MALFORMED';
			throw new ServerError(code, error.message, { cause: error });
		}
	}
}

/** `now` in ns, and the bounds of what is stored. */
export function timesOf(signal: Signal, now: number): OtlpTimes {
	const ns = (ms: number) => BigInt(Math.floor(ms)) * NS_PER_MS;
	return {
		now: ns(now),
		oldest: ns(Math.max(0, now - RETENTION_DAYS[signal] * DAY_MS)),
		newest: ns(now + MAX_AHEAD_MS),
	};
}

/** What the caller of an ingest is told when its spool did not take a record. */
export function refusalOf(error: unknown): unknown {
	if (error instanceof SpoolFullError) {
		return new ServerError('CXR_INGEST_FULL', error.message, { cause: error, retryAfter: RETRY_AFTER_S });
	}
	if (!(error instanceof DeliveryError)) return error;
	if (error.code === 'CXR_SPOOL_TOO_LARGE')
		return new ServerError('CXR_INGEST_TOO_LARGE', error.message, { cause: error });
	return new ServerError('CXR_INGEST_BUSY', error.message, { cause: error, retryAfter: RETRY_AFTER_S });
}
