/** From a take to the spool: encoded, compressed, on disk; the sender behind it does the rest. */

import type { ColumnsInput } from '../../core-as/facade/index.ts';
import { RECORD_KIND } from '../delivery/record.ts';
import type { Spool } from '../delivery/spool.ts';
import { Labels } from '../exposition/labels.ts';
import { RemoteWriteEncoder } from '../exposition/remote-write.ts';
import { gauge, type Snapshot } from '../exposition/snapshot.ts';
import type { Logger } from '../logging/logger.ts';
import type { StageNumbers } from './self-metrics.ts';

export const JOB = 'codexray-node-agent';

const UP = gauge('up', '1 while the agent sends.');
const NO_LABELS = new Labels([]);

/** Headers of a metrics request, without key, length and batch id. */
export const REMOTE_WRITE_HEADERS: Readonly<Record<string, string>> = {
	'User-Agent': JOB,
	'Content-Type': 'application/x-protobuf',
	'Content-Encoding': 'snappy',
	'X-Prometheus-Remote-Write-Version': '0.1.0',
};

export interface MetricsDeliveryOptions {
	spool: Pick<Spool, 'append'>;
	/** Remote write 1.0 of columns that hold all their text. */
	encode: (columns: ColumnsInput) => Uint8Array;
	/** Snappy block format. */
	compress: (input: Uint8Array) => Uint8Array;
	/** 16 fresh random bytes. */
	batchId: () => Uint8Array;
	/** Label `instance`. */
	instance: string;
	log: Logger;
}

export class MetricsDelivery {
	readonly #options: MetricsDeliveryOptions;
	readonly #encoder: RemoteWriteEncoder;
	#received = 0;
	#sent = 0;
	#dropped = 0;
	#errors = 0;

	constructor(options: MetricsDeliveryOptions) {
		this.#options = options;
		this.#encoder = new RemoteWriteEncoder([
			['instance', options.instance],
			['job', JOB],
		]);
	}

	/** Series, not requests. */
	stats(): StageNumbers {
		return {
			stage: 'remote_write',
			received: this.#received,
			sent: this.#sent,
			dropped: { spool: this.#dropped },
			errors: this.#errors,
		};
	}

	/** Resolves when the take is on disk, or was dropped and counted. The snapshot gains the series `up`. */
	async append(snapshot: Snapshot): Promise<void> {
		snapshot.add(UP, NO_LABELS, 1);
		const { requests, commit } = this.#encoder.encode(snapshot);
		let dropped = false;
		for (const { columns, series } of requests) {
			this.#received += series;
			try {
				const payload = this.#options.compress(this.#options.encode(columns));
				const batchId = this.#options.batchId();
				await this.#options.spool.append({ kind: RECORD_KIND.metrics, batchId, payload });
				this.#sent += series;
			} catch (error) {
				dropped = true;
				this.#dropped += series;
				this.#errors++;
				this.#options.log.error('a take of metrics is dropped', { series, error });
			}
		}
		if (!dropped) commit();
	}
}
