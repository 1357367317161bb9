import type { Logger } from '../../logging/logger.ts';
import { HOUR_MS } from './chunk-codec.ts';
import type { LostData } from './chunk-table.ts';

/** Bound of the list; the oldest entry goes, it was said in the log. */
const MAX_PARTS = 1000;

/** What of the chunk table was lost and has not been filled again. */
export class LostParts {
	readonly #log: Logger;
	#parts: LostData[] = [];

	constructor(log: Logger, known: readonly LostData[]) {
		this.#log = log;
		for (const it of known) this.add(it);
	}

	add(lost: LostData): void {
		if (this.#parts.some((it) => isSame(it, lost))) return;
		const { fromHour, toHour, place, reason } = lost;
		this.#log.error('stored metrics cannot be read any more', {
			from: timeOf(fromHour),
			to: timeOf(toHour + 1),
			place,
			reason,
		});
		this.#parts.push(lost);
		if (this.#parts.length > MAX_PARTS) this.#parts.shift();
	}

	remove(lost: LostData): void {
		this.#parts = this.#parts.filter((it) => !isSame(it, lost));
	}

	all(): LostData[] {
		return [...this.#parts];
	}
}

/** Damage may name any hour; a date has a bound. */
function timeOf(hour: number): string {
	return new Date(Math.min(hour * HOUR_MS, 8.64e15)).toISOString();
}

function isSame(a: LostData, b: LostData): boolean {
	return a.place === b.place && a.fromHour === b.fromHour && a.toHour === b.toHour;
}
