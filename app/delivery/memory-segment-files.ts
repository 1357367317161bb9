import type { SegmentFile, SegmentFiles } from './segment-files.ts';

/** SegmentFiles in memory, for tests: knows which bytes were synced, so that a power cut can be played. */
export class MemorySegmentFiles implements SegmentFiles {
	readonly segments = new Map<number, { bytes: Uint8Array; durable: number }>();
	mark: Uint8Array | null = null;
	syncs = 0;
	/** When set, called before each change; may throw to play a full or broken disk. */
	fault: ((operation: string) => void) | null = null;

	async list(): Promise<SegmentFile[]> {
		return [...this.segments]
			.map(([sequence, s]) => ({ sequence, bytes: s.bytes.length }))
			.sort((a, b) => a.sequence - b.sequence);
	}

	async create(sequence: number): Promise<void> {
		this.fault?.('create');
		this.segments.set(sequence, { bytes: new Uint8Array(0), durable: 0 });
	}

	async append(sequence: number, parts: readonly Uint8Array[]): Promise<void> {
		const s = this.segment(sequence);
		for (const part of parts) {
			const joined = new Uint8Array(s.bytes.length + part.length);
			joined.set(s.bytes);
			joined.set(part, s.bytes.length);
			s.bytes = joined;
			this.fault?.('append');
		}
	}

	async sync(sequence: number): Promise<void> {
		this.fault?.('sync');
		this.syncs++;
		const s = this.segment(sequence);
		s.durable = s.bytes.length;
	}

	async read(sequence: number, offset: number, length: number): Promise<Uint8Array> {
		return this.segment(sequence).bytes.slice(offset, offset + length);
	}

	async truncate(sequence: number, length: number): Promise<void> {
		const s = this.segment(sequence);
		s.bytes = s.bytes.slice(0, length);
		s.durable = Math.min(s.durable, length);
	}

	async remove(sequence: number): Promise<void> {
		this.fault?.('remove');
		this.segments.delete(sequence);
	}

	async readMark(): Promise<Uint8Array | null> {
		return this.mark;
	}

	async writeMark(bytes: Uint8Array): Promise<void> {
		this.fault?.('mark');
		this.mark = bytes.slice();
	}

	async close(): Promise<void> {}

	/** A power cut: of what was not synced only `keep` of each segment's bytes (0 to 1) stay. */
	cutPower(keep: number): void {
		for (const s of this.segments.values()) {
			s.bytes = s.bytes.slice(0, s.durable + Math.floor((s.bytes.length - s.durable) * keep));
		}
	}

	private segment(sequence: number) {
		const s = this.segments.get(sequence);
		if (!s) throw new Error(`segment ${sequence} is not there`);
		return s;
	}
}
