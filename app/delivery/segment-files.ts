/**
 * Port: the files of one spool. Adapters: hosts/node/segments (a folder), MemorySegmentFiles (tests).
 * Calls for one spool come one at a time, except `read`, which may run beside anything.
 */
export interface SegmentFiles {
	/** All segments, by rising sequence. */
	list(): Promise<SegmentFile[]>;
	/** Creates an empty segment; it must survive a power cut once `sync` was called on it. */
	create(sequence: number): Promise<void>;
	/** Appends at the end of the segment. May write a part and fail. */
	append(sequence: number, parts: readonly Uint8Array[]): Promise<void>;
	/** Resolves when all appended bytes of the segment are on disk. */
	sync(sequence: number): Promise<void>;
	/** `length` bytes at `offset`, or fewer at the end of the segment. */
	read(sequence: number, offset: number, length: number): Promise<Uint8Array>;
	/** Cuts the segment to `length` bytes, durably. */
	truncate(sequence: number, length: number): Promise<void>;
	/** Removes the segment; one that is not there is fine. */
	remove(sequence: number): Promise<void>;
	/** The small file that holds the release mark, or null. */
	readMark(): Promise<Uint8Array | null>;
	/** Replaces the release mark durably: after a crash it is the old one or the new one. At most 512 bytes. */
	writeMark(bytes: Uint8Array): Promise<void>;
	close(): Promise<void>;
}

export interface SegmentFile {
	sequence: number;
	bytes: number;
}
