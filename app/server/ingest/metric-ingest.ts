import { type Codec, CoreError, Scratch } from '../../../core-as/facade/index.ts';
import type { Clock } from '../../clock.ts';
import { DeliveryError } from '../../delivery/errors.ts';
import { hex, RECORD_KIND, type SpoolRecord } from '../../delivery/record.ts';
import type { Spool } from '../../delivery/spool.ts';
import { ServerError } from '../errors.ts';
import { addTo, type StageStats } from '../stage.ts';
import { type Accepted, type AcceptLimits, acceptColumns, type DeltaColumns } from './acceptance.ts';
import { BatchIds } from './batch-ids.ts';
import type { DeltaIntake } from './delta-intake.ts';
import { encodeMetricBlock } from './metric-block.ts';
import { MetricFamilies } from './metric-families.ts';
import {
	bytesOf,
	decodeOtlp,
	decodeRemoteWrite,
	type MetricRequest,
	plainRemoteWrite,
	type RemoteWriteVersion,
	requestRefusal,
} from './metric-request.ts';
import { RateWindow } from './rate-window.ts';

export interface IngestResult {
	/** Float samples that are on disk. */
	written: number;
	/** Native histograms that are on disk. */
	histograms: number;
	rejected: Record<string, number>;
	/** The first few faults in words. */
	faults: string[];
	/** The batch was here before: nothing was stored now. */
	repeated: boolean;
}

/** Of the store, unless it has another one: older samples would be dropped at once. */
const RETENTION_MS = 15 * 24 * 3_600_000;
/** Clocks of nodes differ; a sample further ahead would hide what comes after it. */
const MAX_AHEAD_MS = 3_600_000;
const MAX_LABELS = 128;
const MAX_VALUE_BYTES = 16_384;

/**
 * Remote write and OTLP metrics into the spool: decoded and validated first, acknowledged when they are on disk.
 * Sources: https://prometheus.io/docs/specs/prw/remote_write_spec/, https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/
 */
export class MetricIngest {
	readonly #codec: Codec;
	readonly #spool: Spool;
	readonly #clock: Clock;
	readonly #retentionMs: number | null;
	readonly #deltas: DeltaIntake | null;
	readonly #forward: boolean;
	readonly #batches = new BatchIds();
	readonly #families = new MetricFamilies();
	readonly #rate: RateWindow;
	/** Of requests: each is in a block of its own before the next one is looked at. */
	readonly #bodies = new Scratch();
	readonly #columns = new Scratch();
	#received = 0;
	#sent = 0;
	#errors = 0;
	#lastSampleAt: number | null = null;
	#dropped: Record<string, number> = {};

	/**
	 * `retentionMs`: how old samples may be, default 15 days; null: from 1970 on. Without `deltas` points that are deltas are refused.
	 * `forward`: the spool gets bodies of remote write 1.0 for another store, once they are validated, and not what was decoded.
	 */
	constructor(o: {
		codec: Codec;
		spool: Spool;
		clock: Clock;
		retentionMs?: number | null;
		deltas?: DeltaIntake;
		forward?: boolean;
	}) {
		this.#forward = o.forward ?? false;
		this.#codec = o.codec;
		this.#spool = o.spool;
		this.#clock = o.clock;
		this.#retentionMs = o.retentionMs === undefined ? RETENTION_MS : o.retentionMs;
		this.#deltas = o.deltas ?? null;
		this.#rate = new RateWindow(o.clock);
	}

	/** Says that a batch is in the store already. */
	known(batchId: Uint8Array): void {
		this.#batches.add(hex(batchId, 0, 16), Promise.resolve());
	}

	/** Goes on from a record; called for all of the spool at start, in their order. */
	recover(record: SpoolRecord): void {
		this.known(record.batchId);
		if (record.kind === RECORD_KIND.metrics) this.#deltas?.recover(record);
	}

	/** `body` is a snappy block; `batchId` 16 bytes, or null when the sender gives none. */
	write(
		body: Uint8Array,
		batchId: Uint8Array | null,
		version: RemoteWriteVersion = 1,
	): Promise<IngestResult> {
		return this.#take(batchId, () =>
			decodeRemoteWrite(this.#codec, body, version, this.#forward ? undefined : this.#bodies),
		);
	}

	/** `body` is an uncompressed ExportMetricsServiceRequest of at most 64 MiB. */
	writeOtlp(body: Uint8Array, batchId: Uint8Array | null = null): Promise<IngestResult> {
		return this.#take(batchId, () => decodeOtlp(this.#codec, body));
	}

	/** What a recording keeps of a body that was taken: prometheus.WriteRequest, uncompressed. Throws CoreError. */
	plainRemoteWrite(body: Uint8Array, version: RemoteWriteVersion): Uint8Array {
		return plainRemoteWrite(this.#codec, body, version);
	}

	/** Time of the newest sample that was stored since the start, ms since the epoch. */
	get lastSampleAt(): number | null {
		return this.#lastSampleAt;
	}

	/** Stored samples and histograms per second over the last minute. */
	samplesPerSecond(): number {
		return this.#rate.perSecond();
	}

	stats(): StageStats {
		const deltas = this.#deltas?.stats();
		const dropped = { ...this.#dropped };
		addTo(dropped, 'the sum of deltas was forgotten', deltas?.forgotten ?? 0);
		return {
			received: this.#received,
			sent: this.#sent,
			dropped,
			errors: this.#errors,
			fill: Math.max(this.#spool.stats().fill, deltas?.fill ?? 0),
		};
	}

	async #take(batchId: Uint8Array | null, decode: () => MetricRequest): Promise<IngestResult> {
		const earlier = this.#earlier(batchId);
		if (earlier) return this.#repeated(earlier);
		const decoded = this.#decoded(decode);
		const flags = decoded.deltas;
		if (flags === null) return this.#store(batchId, decoded, null);
		if (this.#deltas === null)
			throw new ServerError('CXR_INGEST_UNSUPPORTED', 'Deltas are not summed here; send cumulative points.');
		return this.#deltas.take(bytesOf(decoded), (round) => {
			// The same batch may have come while this one waited.
			const meanwhile = this.#earlier(batchId);
			return meanwhile ? this.#repeated(meanwhile) : this.#store(batchId, decoded, { flags, round });
		});
	}

	#earlier(batchId: Uint8Array | null): Promise<unknown> | undefined {
		return batchId === null ? undefined : this.#batches.get(hex(batchId, 0, 16));
	}

	async #repeated(earlier: Promise<unknown>): Promise<IngestResult> {
		await earlier;
		addTo(this.#dropped, 'repeated batch', 1);
		return { written: 0, histograms: 0, rejected: {}, faults: [], repeated: true };
	}

	async #store(
		batchId: Uint8Array | null,
		{ columns, body, rejected, badExemplars, forwarded }: MetricRequest,
		deltas: DeltaColumns | null,
	): Promise<IngestResult> {
		const accepted = acceptColumns(columns, body, this.#limits(), deltas, this.#columns);
		accepted.exemplars += badExemplars;
		const { samples, histograms, block } = accepted;
		for (const [reason, n] of Object.entries(rejected)) addTo(accepted.rejected, reason, n);
		const metadata = this.#families.changed(accepted.metadata);
		if (metadata.length > 0) block.metadata = metadata;
		this.#count(accepted);
		if (samples + histograms + metadata.length > 0) {
			const newest = Math.max(newestOf(block.timestamps), newestOf(block.histograms?.timestamps));
			await this.#append(batchId, this.#forward ? forwarded() : encodeMetricBlock(block, this.#codec));
			this.#families.written(metadata);
			this.#sent += samples + histograms;
			this.#rate.add(samples + histograms);
			if (newest > (this.#lastSampleAt ?? Number.NEGATIVE_INFINITY)) this.#lastSampleAt = newest;
		}
		const { faults } = accepted;
		return { written: samples, histograms, rejected: accepted.rejected, faults, repeated: false };
	}

	#count({ samples, histograms, exemplars, rejected }: Accepted): void {
		this.#received += samples + histograms + exemplars;
		addTo(this.#dropped, 'exemplars are not stored', exemplars);
		for (const [reason, n] of Object.entries(rejected)) {
			this.#received += n;
			addTo(this.#dropped, reason, n);
		}
	}

	async #append(batchId: Uint8Array | null, payload: Uint8Array): Promise<void> {
		const stored = this.#spool.append({
			kind: this.#forward ? RECORD_KIND.forwarded : RECORD_KIND.metrics,
			batchId: batchId ?? crypto.getRandomValues(new Uint8Array(16)),
			payload,
		});
		if (batchId) this.#batches.add(hex(batchId, 0, 16), stored);
		try {
			await stored;
		} catch (e) {
			this.#errors++;
			if (!(e instanceof DeliveryError)) throw e;
			if (e.code === 'CXR_SPOOL_TOO_LARGE')
				throw new ServerError('CXR_INGEST_TOO_LARGE', e.message, { cause: e });
			throw new ServerError('CXR_INGEST_BUSY', e.message, { cause: e, retryAfter: 5 });
		}
	}

	#limits(): AcceptLimits {
		const now = this.#clock.now();
		return {
			minTime: this.#retentionMs === null ? 0 : now - this.#retentionMs,
			maxTime: now + MAX_AHEAD_MS,
			maxLabels: MAX_LABELS,
			maxValueBytes: MAX_VALUE_BYTES,
		};
	}

	#decoded(decode: () => MetricRequest): MetricRequest {
		try {
			return decode();
		} catch (e) {
			if (!(e instanceof CoreError)) throw e;
			addTo(this.#dropped, e.code, 1);
			throw requestRefusal(e);
		}
	}
}

function newestOf(times: Float64Array | undefined): number {
	let newest = Number.NEGATIVE_INFINITY;
	for (const time of times ?? []) if (time > newest) newest = time;
	return newest;
}
