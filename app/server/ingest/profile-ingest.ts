import { type Codec, CoreError, type PprofSource } from '../../../core-as/facade/index.ts';
import type { Clock } from '../../clock.ts';
import type { Spool } from '../../delivery/spool.ts';
import { ServerError } from '../errors.ts';
import { addTo, type StageStats } from '../stage.ts';
import { appendRows, bodyRefusal } from './row-intake.ts';
import { timesOf } from './signal-ingest.ts';

/** Profiles into their spool: decoded first, acknowledged when the rows are on disk. Counts are samples of profiles. */
export class ProfileIngest {
	readonly #codec: Pick<Codec, 'decodePprof'>;
	readonly #spool: Spool;
	readonly #clock: Clock;
	#received = 0;
	#sent = 0;
	#errors = 0;
	#dropped: Record<string, number> = {};

	constructor(o: { codec: Pick<Codec, 'decodePprof'>; spool: Spool; clock: Clock }) {
		this.#codec = o.codec;
		this.#spool = o.spool;
		this.#clock = o.clock;
	}

	/** `body` is an uncompressed profile.proto. Throws CXR_INGEST_*. */
	async write(body: Uint8Array, source: PprofSource): Promise<void> {
		const times = timesOf('profiles', this.#clock.now());
		const { block, count, start, end } = this.#decode(body, source, times.now);
		this.#received += count;
		if (start < times.oldest || end > times.newest) {
			addTo(this.#dropped, 'older than the retention or in the future', count);
			const at = (ns: bigint) => new Date(Number(ns / 1_000_000n)).toISOString();
			throw new ServerError(
				'CXR_INGEST_MALFORMED',
				`The profile ends at ${at(end)}; kept is what lies between ${at(times.oldest)} and ${at(times.newest)}.`,
			);
		}
		if (count === 0) return;
		await appendRows(this.#spool, 'profiles', count, block).catch((error: unknown) => {
			this.#errors++;
			throw error;
		});
		this.#sent += count;
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

	#decode(body: Uint8Array, source: PprofSource, now: bigint) {
		try {
			return this.#codec.decodePprof(body, source, now);
		} catch (error) {
			if (!(error instanceof CoreError)) throw error;
			this.#errors++;
			addTo(this.#dropped, error.code, 1);
			throw bodyRefusal(error);
		}
	}
}
