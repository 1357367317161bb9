/** Offsets of log files beside the spool: what was delivered and released is in no record any more. */

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { decodeState, type LogOffsets } from '../../../app/node-agent/logs/log-offsets.ts';

const NAME = 'log-offsets.json';

export class LogCheckpoint {
	readonly #file: string;
	readonly #offsets: LogOffsets;
	#written = '';

	constructor(dir: string, offsets: LogOffsets) {
		this.#file = join(dir, NAME);
		this.#offsets = offsets;
	}

	/** Says what went wrong, if something did: then files are read from where records say, or from their end. */
	load(): string | undefined {
		let text: string;
		try {
			text = readFileSync(this.#file, 'utf8');
		} catch (error) {
			return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : String(error);
		}
		const state = decodeState(text);
		if (state === undefined) return `${this.#file} is no checkpoint of this version`;
		this.#offsets.apply(state);
		return undefined;
	}

	/** Durable when it returns. */
	save(): void {
		const text = this.#offsets.encode();
		if (text === this.#written) return;
		const fresh = `${this.#file}.new`;
		const fd = openSync(fresh, 'w', 0o600);
		try {
			writeSync(fd, text);
			fsyncSync(fd);
		} finally {
			closeSync(fd);
		}
		renameSync(fresh, this.#file);
		this.#written = text;
	}
}
