import type { Logger } from '../../logging/logger.ts';
import { HOUR_MS } from './chunk-codec.ts';
import type { ChunkTable } from './chunk-table.ts';
import { DAY_MS } from './tier-rows.ts';

export const DEFAULT_RETENTION_MS = 15 * DAY_MS;

/** Drops what is too old, and the oldest days of what is too large. */
export class Retention {
	readonly #o: { table: ChunkTable; log: Logger; retentionMs: number | null; maxBytes: number | null };
	droppedRows = 0;
	/** Days that went because of their size. */
	droppedDays = 0;
	/** What the table takes up, as of the last look. */
	bytes: number | null = null;

	/** Null: no bound. */
	constructor(o: { table: ChunkTable; log: Logger; retentionMs: number | null; maxBytes: number | null }) {
		this.#o = o;
	}

	/** Share of the bound of its size that is used. */
	get fill(): number {
		return (this.bytes ?? 0) / (this.#o.maxBytes ?? Number.POSITIVE_INFINITY);
	}

	/** Resolves with whether something was dropped. */
	async apply(now: number): Promise<boolean> {
		const { table, retentionMs } = this.#o;
		const hour = retentionMs === null ? 0 : Math.max(0, Math.floor((now - retentionMs) / HOUR_MS));
		const rows = hour === 0 ? 0 : await table.dropBefore(hour);
		this.droppedRows += rows;
		return (await this.#dropLarge(Math.floor(now / DAY_MS))) + rows > 0;
	}

	/** Drops the oldest days while the table is larger than it may be; resolves with how many. */
	async #dropLarge(today: number): Promise<number> {
		const { table, log, maxBytes } = this.#o;
		const usage = await table.usage();
		let total = usage.reduce((sum, it) => sum + it.bytes, 0);
		let dropped = 0;
		for (const { day, bytes } of usage) {
			if (maxBytes === null || total <= maxBytes || day >= today) break;
			await table.dropDay(day);
			log.info('the oldest day of metrics is dropped, as the store is full', {
				day: new Date(day * DAY_MS).toISOString().slice(0, 10),
				bytes,
				maxBytes,
			});
			total -= bytes;
			dropped++;
		}
		this.droppedDays += dropped;
		this.bytes = total;
		return dropped;
	}
}
