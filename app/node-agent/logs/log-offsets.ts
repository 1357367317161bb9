/** How far each log file is read into records that are on disk. Kept in the records themselves, and in a checkpoint. */

/** A place in a file. A path alone does not name a file: it may be rotated away or begun anew. */
export interface FilePlace {
	/** Device and inode. */
	file: string;
	/** The first bytes, at most 64, in base64: an inode may be used again. */
	head: string;
	offset: number;
}

/** Offsets that one record, or all before it, brought. */
export interface OffsetState {
	/** Rises from record to record. */
	sequence: number;
	files: Record<string, FilePlace>;
}

/** Paths that are remembered; beyond it the one that was read longest ago goes. */
const MAX_PATHS = 4_096;

export class LogOffsets {
	/** By path; in the order of their last change. */
	readonly #places = new Map<string, { place: FilePlace; sequence: number }>();
	#sequence = 0;

	get(path: string): FilePlace | undefined {
		return this.#places.get(path)?.place;
	}

	/** The number of the next record. */
	next(): number {
		return ++this.#sequence;
	}

	/** Takes what a record says, unless a later one said more. True when something changed. */
	apply({ sequence, files }: OffsetState): boolean {
		this.#sequence = Math.max(this.#sequence, sequence);
		let changed = false;
		for (const [path, place] of Object.entries(files)) {
			const known = this.#places.get(path);
			if (known && known.sequence >= sequence) continue;
			this.#places.delete(path);
			this.#places.set(path, { place, sequence });
			changed = true;
		}
		while (this.#places.size > MAX_PATHS) this.#places.delete(this.#places.keys().next().value as string);
		return changed;
	}

	encode(): string {
		const files = Object.fromEntries([...this.#places].map(([path, { place }]) => [path, place]));
		return JSON.stringify({ version: 1, sequence: this.#sequence, files });
	}
}

export function encodeState(state: OffsetState): Uint8Array {
	return new TextEncoder().encode(JSON.stringify(state));
}

/** Undefined for bytes that are no state. */
export function decodeState(bytes: Uint8Array | string): OffsetState | undefined {
	try {
		const text = typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes);
		const found = JSON.parse(text) as OffsetState & { version?: number };
		if (!Number.isSafeInteger(found.sequence) || typeof found.files !== 'object') return undefined;
		if ((found.version ?? 1) !== 1) return undefined;
		return { sequence: found.sequence, files: found.files };
	} catch {
		return undefined;
	}
}
