import { type Codec, CoreError } from '../../../core-as/facade/index.ts';
import type { Clock } from '../../clock.ts';
import { DeliveryError } from '../../delivery/errors.ts';
import { hex, RECORD_KIND } from '../../delivery/record.ts';
import type { Spool } from '../../delivery/spool.ts';
import { ServerError } from '../errors.ts';
import { addTo, type StageStats } from '../stage.ts';
import { type AcceptLimits, acceptColumns } from './acceptance.ts';
import { BatchIds } from './batch-ids.ts';
import { encodeMetricBlock } from './metric-block.ts';
import { RateWindow } from './rate-window.ts';

export interface IngestResult {
	/** Float samples that are on disk. */
	written: number;
	rejected: Record<string, number>;
	/** The first few faults in words. */
	faults: string[];
	/** The batch was here before: nothing was stored now. */
	repeated: boolean;
}

/** Bytes that a request may become when it is uncompressed. */
export const MAX_UNCOMPRESSED = 64 * 1024 * 1024;

/** Retention of the store: older samples would be dropped at once. */
const MAX_AGE_MS = 15 * 24 * 3_600_000;
/** Clocks of nodes differ; a sample further ahead would hide what comes after it. */
const MAX_AHEAD_MS = 3_600_000;

/**
 * Remote write 1.0 into the spool: decoded and validated first, acknowledged when it is on disk.
 * Source: https://prometheus.io/docs/specs/prw/remote_write_spec/
 */
export class MetricIngest {
	readonly #codec: Codec;
	readonly #spool: Spool;
	readonly #clock: Clock;
	readonly #batches = new BatchIds();
	readonly #rate: RateWindow;
	#received = 0;
	#sent = 0;
	#errors = 0;
	#dropped: Record<string, number> = {};

	constructor(o: { codec: Codec; spool: Spool; clock: Clock }) {
		this.#codec = o.codec;
		this.#spool = o.spool;
		this.#clock = o.clock;
		this.#rate = new RateWindow(o.clock);
	}

	/** Says that a batch is in the store already; called for the spool's records at start. */
	known(batchId: Uint8Array): void {
		this.#batches.add(hex(batchId, 0, 16), Promise.resolve());
	}

	/** `body` is a snappy block; `batchId` 16 bytes, or null when the sender gives none. */
	async write(body: Uint8Array, batchId: Uint8Array | null): Promise<IngestResult> {
		const key = batchId && hex(batchId, 0, 16);
		const earlier = key && this.#batches.get(key);
		if (earlier) {
			await earlier;
			addTo(this.#dropped, 'repeated batch', 1);
			return { written: 0, rejected: {}, faults: [], repeated: true };
		}
		const accepted = this.#decode(body);
		this.#received += accepted.samples;
		for (const [reason, n] of Object.entries(accepted.rejected)) {
			this.#received += n;
			addTo(this.#dropped, reason, n);
		}
		if (accepted.samples > 0) {
			const stored = this.#spool.append({
				kind: RECORD_KIND.metrics,
				batchId: batchId ?? crypto.getRandomValues(new Uint8Array(16)),
				payload: encodeMetricBlock(accepted.block, this.#codec),
			});
			if (key) this.#batches.add(key, stored);
			try {
				await stored;
			} catch (e) {
				this.#errors++;
				if (e instanceof DeliveryError) {
					throw new ServerError('CXR_INGEST_BUSY', e.message, { cause: e, retryAfter: 5 });
				}
				throw e;
			}
			this.#sent += accepted.samples;
			this.#rate.add(accepted.samples);
		}
		return {
			written: accepted.samples,
			rejected: accepted.rejected,
			faults: accepted.faults,
			repeated: false,
		};
	}

	/** Stored samples per second over the last minute. */
	samplesPerSecond(): number {
		return this.#rate.perSecond();
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
		try {
			const plain = this.#codec.snappyUncompress(body, MAX_UNCOMPRESSED);
			const now = this.#clock.now();
			const limits: AcceptLimits = {
				minTime: now - MAX_AGE_MS,
				maxTime: now + MAX_AHEAD_MS,
				maxLabels: 128,
				maxValueBytes: 16_384,
			};
			return acceptColumns(this.#codec.decodeRemoteWrite(plain), plain, limits);
		} catch (e) {
			if (!(e instanceof CoreError)) throw e;
			addTo(this.#dropped, e.code, 1);
			if (e.code === 'CXR_CORE_TRAP') throw e;
			const code = e.code === 'CXR_CORE_SNAPPY_TOO_LARGE' ? 'CXR_INGEST_TOO_LARGE' : 'CXR_INGEST_MALFORMED';
			throw new ServerError(code, e.message, { cause: e });
		}
	}
}
