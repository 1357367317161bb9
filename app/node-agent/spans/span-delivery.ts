/** From the kernel thread's spans to the spool: put into requests, on disk; the sender behind it does the rest. */

import type { SpanBatch } from '../../../core-as/facade/index.ts';
import { RECORD_KIND } from '../../delivery/record.ts';
import type { Spool } from '../../delivery/spool.ts';
import type { Logger } from '../../logging/logger.ts';
import type { ProcessOwners } from '../processes/process-owners.ts';
import type { StageNumbers } from '../self-metrics.ts';
import { SpanExporter, type SpanExportOptions } from './span-export.ts';

/** Batches that wait for the disk; each is at most 1 MiB. More are dropped and counted. */
const MAX_WAITING = 16;

export interface SpanDeliveryOptions extends SpanExportOptions, ProcessOwners {
	spool: Pick<Spool, 'append'>;
	/** 16 fresh random bytes. */
	batchId: () => Uint8Array;
	log: Logger;
}

export class SpanDelivery {
	readonly #options: SpanDeliveryOptions;
	readonly #exporter: SpanExporter;
	#waiting = 0;
	#last: Promise<void> = Promise.resolve();
	#received = 0;
	#sent = 0;
	#notReported = 0;
	#overflow = 0;
	#failed = 0;
	#errors = 0;

	constructor(options: SpanDeliveryOptions) {
		this.#options = options;
		this.#exporter = new SpanExporter(options);
	}

	/** Takes a batch; `settled` tells when it is on disk. */
	add(batch: SpanBatch): void {
		this.#received += batch.spans;
		if (this.#waiting >= MAX_WAITING) {
			this.#overflow += batch.spans;
			return;
		}
		this.#waiting++;
		this.#last = this.#last.then(() => this.#deliver(batch));
	}

	/** Resolves when all that was added is on disk, or dropped and counted. */
	settled(): Promise<void> {
		return this.#last;
	}

	/** Spans, not requests. */
	stats(): StageNumbers {
		return {
			stage: 'spans',
			received: this.#received,
			sent: this.#sent,
			dropped: { not_reported: this.#notReported, overflow: this.#overflow, spool: this.#failed },
			errors: this.#errors,
			fill: this.#waiting / MAX_WAITING,
		};
	}

	async #deliver(batch: SpanBatch): Promise<void> {
		const { spool, named, batchId, log } = this.#options;
		let { spans } = batch;
		try {
			await named();
			const { body, notReported } = this.#exporter.encode(batch);
			this.#notReported += notReported;
			spans -= notReported;
			if (spans === 0) return;
			await spool.append({ kind: RECORD_KIND.traces, batchId: batchId(), payload: body });
			this.#sent += spans;
		} catch (error) {
			this.#failed += spans;
			this.#errors++;
			log.error('a batch of spans is dropped', { spans, error });
		} finally {
			this.#waiting--;
		}
	}
}
