import type { Inflate } from '../ingest/inflate.ts';
import type { RecordedBody } from './recorded-body.ts';
import {
	BLOCK_HEADER,
	BLOCK_KIND,
	type BlockHeader,
	blockChecksum,
	decodeBlockHeader,
	decodeBodies,
	decodeFileHeader,
	FILE_HEADER,
	MAX_BLOCK_BYTES,
} from './recording-file.ts';

/** A block as it stands in the file. */
export interface RecordedBlock extends BlockHeader {
	/** With its header. */
	bytes: Uint8Array;
}

/** Why a recording plays no further than it does. */
export interface RecordingFault {
	/** Where the first block lies that cannot be read. */
	offset: number;
	reason: string;
}

/**
 * Reads a recording from its start, from a file or while it is made. One use: `start`, then `blocks` or `bodies`.
 * Holds one block at a time.
 */
export class RecordingReader {
	readonly #source: AsyncIterator<Uint8Array>;
	readonly #inflate: Inflate;
	/** Not yet read, in order. */
	#chunks: Uint8Array[] = [];
	#buffered = 0;
	#offset = 0;
	/** What ended it early; null after the last block of a whole recording. */
	fault: RecordingFault | null = null;
	/** Accepted bodies that are not in it, as far as it was read. */
	lost = 0;

	constructor(source: AsyncIterable<Uint8Array>, inflate: Inflate) {
		this.#inflate = inflate;
		this.#source = source[Symbol.asyncIterator]();
	}

	/** The header as it stands. Throws CXR_RECORDING_FOREIGN, CXR_RECORDING_VERSION. */
	async start(): Promise<{ bytes: Uint8Array; startedAt: number }> {
		const bytes = await this.#take(FILE_HEADER);
		return { bytes, ...decodeFileHeader(bytes) };
	}

	/** Every block up to the end, or to the first one that is cut or damaged; `fault` then says so. */
	async *blocks(): AsyncGenerator<RecordedBlock> {
		for (;;) {
			const offset = this.#offset;
			const head = await this.#take(BLOCK_HEADER);
			if (head.length < BLOCK_HEADER) return this.#stop(offset, 'it is cut off');
			const header = decodeBlockHeader(head);
			if (header.length > MAX_BLOCK_BYTES || header.plainLength > MAX_BLOCK_BYTES)
				return this.#stop(offset, 'it is damaged');
			const data = await this.#take(header.length);
			if (data.length < header.length) return this.#stop(offset, 'it is cut off');
			const bytes = new Uint8Array(BLOCK_HEADER + data.length);
			bytes.set(head);
			bytes.set(data, BLOCK_HEADER);
			if (blockChecksum(bytes) !== header.checksum) return this.#stop(offset, 'it is damaged');
			this.lost = header.lost;
			yield { ...header, bytes };
			if (header.kind === BLOCK_KIND.end) return;
		}
	}

	async *bodies(): AsyncGenerator<RecordedBody> {
		let offset = this.#offset;
		for await (const block of this.blocks()) {
			if (block.kind === BLOCK_KIND.bodies) {
				const bodies = await this.#bodiesOf(block);
				if (bodies === null) return this.#stop(offset, 'it is damaged');
				yield* bodies;
			}
			offset = this.#offset;
		}
	}

	#stop(offset: number, reason: string): void {
		this.fault = { offset, reason };
	}

	/** The next `length` bytes, or what is left. */
	async #take(length: number): Promise<Uint8Array> {
		while (this.#buffered < length) {
			const { done, value } = await this.#source.next();
			if (done) break;
			if (value.length === 0) continue;
			this.#chunks.push(value);
			this.#buffered += value.length;
		}
		const out = new Uint8Array(Math.min(length, this.#buffered));
		let filled = 0;
		let used = 0;
		while (filled < out.length) {
			const chunk = this.#chunks[used]!;
			const part = chunk.subarray(0, out.length - filled);
			out.set(part, filled);
			filled += part.length;
			if (part.length === chunk.length) used++;
			else this.#chunks[used] = chunk.subarray(part.length);
		}
		this.#chunks.splice(0, used);
		this.#buffered -= out.length;
		this.#offset += out.length;
		return out;
	}

	/** Null where the checksum holds over bytes that are no block: something else wrote it. */
	async #bodiesOf(block: RecordedBlock): Promise<RecordedBody[] | null> {
		const plain = await this.#inflate(block.bytes.subarray(BLOCK_HEADER), 'gzip', block.plainLength);
		const whole = plain instanceof Uint8Array && plain.length === block.plainLength;
		return whole ? decodeBodies(plain) : null;
	}
}
