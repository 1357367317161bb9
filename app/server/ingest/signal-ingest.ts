import { type Codec, CoreError, type OtlpTimes } from '../../../core-as/facade/index.ts';
import type { Clock } from '../../clock.ts';
import type { Spool } from '../../delivery/spool.ts';
import { type OtlpSignal, RETENTION_DAYS, type Signal } from '../clickhouse/schema.ts';
import { addTo, type StageStats } from '../stage.ts';
import { appendRows, bodyRefusal } from './row-intake.ts';

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
/** A block is copied into a record of the spool before the codec is called again. */
const LENT = { lend: true };

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
			await appendRows(this.#spool, this.#signal, count, block).catch((error: unknown) => {
				this.#errors++;
				throw error;
			});
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
				? this.#codec.decodeLogs(body, times, LENT)
				: this.#codec.decodeSpans(body, times, LENT);
		} catch (error) {
			if (!(error instanceof CoreError)) throw error;
			this.#errors++;
			addTo(this.#dropped, error.code, 1);
			throw bodyRefusal(error);
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
