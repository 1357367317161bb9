import type { SpoolRecord } from '../../delivery/record.ts';
import type { Logger } from '../../logging/logger.ts';
import { ServerError } from '../errors.ts';
import { encodeDeltaState, restoreDeltaState, type StateFile } from './delta-state.ts';
import { type DeltaRound, DeltaStreams } from './delta-streams.ts';
import { type BlockCodec, decodeMetricBlock, hasSummed } from './metric-block.ts';

/** Bytes of decoded requests that wait for their turn; beyond, senders are told to come again. One is taken whatever its size. */
const MAX_WAITING_BYTES = 128 * 1024 * 1024;

/**
 * Requests with deltas, one after another: each goes on from sums that are on disk. After a crash the sums are those of the file and, newer
 * than these, those of the blocks in the spool; so the file is written before records leave the spool.
 */
export class DeltaIntake {
	readonly #streams = new DeltaStreams();
	readonly #codec: BlockCodec;
	readonly #file: StateFile;
	readonly #log: Logger;
	#turn: Promise<unknown> = Promise.resolve();
	#waitingBytes = 0;
	#savedRevision = 0;

	constructor(o: { codec: BlockCodec; file: StateFile; log: Logger }) {
		this.#codec = o.codec;
		this.#file = o.file;
		this.#log = o.log;
	}

	/** Reads the file; a damaged one is said and passed over: sums then begin with what is in the spool. Throws CXR_BLOCK_VERSION. */
	async open(): Promise<void> {
		const bytes = await this.#file.read();
		if (bytes === null) return;
		try {
			restoreDeltaState(this.#streams, bytes, this.#codec);
			this.#savedRevision = this.#streams.revision;
		} catch (error) {
			if (error instanceof ServerError && error.code === 'CXR_BLOCK_VERSION') throw error;
			this.#log.error('the sums of deltas cannot be read, counting begins anew', { error: String(error) });
		}
	}

	/** Goes on from the sums of a record that lies in the spool. */
	recover(record: SpoolRecord): void {
		if (!hasSummed(record.payload)) return;
		try {
			this.#streams.restore(decodeMetricBlock(record.payload, this.#codec));
		} catch (error) {
			this.#log.error('a metric block cannot be read, its sums are lost', { error: String(error) });
		}
	}

	/**
	 * Runs `work` when those before it are done, and commits its round when it resolves. `bytes`: what waits meanwhile.
	 * Throws CXR_INGEST_BUSY when too much waits.
	 */
	async take<T>(bytes: number, work: (round: DeltaRound) => Promise<T>): Promise<T> {
		if (this.#waitingBytes > 0 && this.#waitingBytes + bytes > MAX_WAITING_BYTES)
			throw new ServerError('CXR_INGEST_BUSY', `${this.#waitingBytes} bytes with deltas wait.`, {
				retryAfter: 5,
			});
		this.#waitingBytes += bytes;
		try {
			return await this.#inTurn(async () => {
				const round = this.#streams.begin();
				const result = await work(round);
				round.commit();
				return result;
			});
		} finally {
			this.#waitingBytes -= bytes;
		}
	}

	/** Writes the file if sums have changed since. */
	save(): Promise<void> {
		return this.#inTurn(async () => {
			const { revision } = this.#streams;
			if (revision === this.#savedRevision) return;
			await this.#file.replace(encodeDeltaState(this.#streams, this.#codec));
			this.#savedRevision = revision;
		});
	}

	stats(): { fill: number; forgotten: number; streams: number } {
		const { fill, forgotten, size } = this.#streams;
		return { fill, forgotten, streams: size };
	}

	#inTurn<T>(work: () => Promise<T>): Promise<T> {
		const result = this.#turn.then(work);
		this.#turn = result.catch(() => {});
		return result;
	}
}
