/** The way of one signal out of an agent: a spool on disk, and the sender that empties it. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../app/clock.ts';
import { comparePositions, type SpoolRecord } from '../../app/delivery/record.ts';
import { Sender, type SenderStats } from '../../app/delivery/sender.ts';
import { Spool, type SpoolStats } from '../../app/delivery/spool.ts';
import type { Logger } from '../../app/logging/logger.ts';
import { httpPost } from './http-post.ts';
import { NodeSegmentFiles } from './segments/node-segment-files.ts';

export interface SignalOutletOptions {
	/** Names the spool and its folder. */
	signal: 'metrics' | 'logs' | 'traces' | 'profiles';
	/** Where a record goes. */
	url(record: SpoolRecord): string;
	/** Headers beside the key, the length and the batch id. */
	headers: Record<string, string>;
	/** Is waited for before a record is sent; what it throws is a failed try. */
	beforePost?: (record: SpoolRecord) => Promise<void>;
	apiKey: string | undefined;
	apiKeyFile: string | undefined;
	dataDir: string;
	maxSpoolBytes: number;
	clock: Clock;
	log: Logger;
}

export class SignalOutlet {
	readonly spool: Spool;
	readonly #sender: Sender;
	readonly #clock: Clock;

	private constructor(spool: Spool, sender: Sender, clock: Clock) {
		this.spool = spool;
		this.#sender = sender;
		this.#clock = clock;
	}

	static async open(o: SignalOutletOptions): Promise<SignalOutlet> {
		const { clock, log } = o;
		const spool = await Spool.open({
			files: await NodeSegmentFiles.open(join(o.dataDir, 'spool', o.signal)),
			name: o.signal,
			maxBytes: o.maxSpoolBytes,
			clock,
		});
		const post = httpPost((record) => o.url(record));
		const sender = new Sender({
			spool,
			post: async (record, headers, signal) => {
				await o.beforePost?.(record);
				return post(record, headers, signal);
			},
			// The file is read again each time, so that a key may change while the agent runs.
			headers: () => {
				const key = o.apiKey ?? readKey(o.apiKeyFile, log);
				return key === undefined ? o.headers : { ...o.headers, 'X-Api-Key': key };
			},
			clock,
			random: Math.random,
			log: log.child({ stage: `${o.signal} sender` }),
		});
		sender.start();
		return new SignalOutlet(spool, sender, clock);
	}

	stats(): { spool: SpoolStats; sender: SenderStats } {
		return { spool: this.spool.stats(), sender: this.#sender.stats() };
	}

	/** Tries at once, and resolves when all is delivered, or the server fails, or after `ms`. */
	async settle(ms: number): Promise<void> {
		const until = this.#clock.now() + ms;
		const { errors } = this.#sender.stats();
		this.#sender.wake();
		const waiting = () =>
			comparePositions(this.spool.head(), this.spool.tail()) < 0 && this.#sender.stats().errors === errors;
		while (waiting() && this.#clock.now() < until) await this.#clock.sleep(10);
	}

	/** What is not delivered stays on disk. */
	async close(): Promise<void> {
		await this.#sender.stop();
		await this.spool.close();
	}
}

function readKey(file: string | undefined, log: Logger): string | undefined {
	if (file === undefined) return undefined;
	try {
		return readFileSync(file, 'utf8').trim();
	} catch (error) {
		log.error('the key file cannot be read', { file, error });
		return undefined;
	}
}
