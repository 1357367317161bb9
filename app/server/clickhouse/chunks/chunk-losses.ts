import { DAY_HOURS, type LostData } from '../../metrics/chunk-table.ts';
import type { Fact } from './chunk-fact.ts';

/** Losses that are remembered; the oldest are forgotten. */
const MAX_LOST = 1_000;

/** What of the tables was lost, as the log says. */
export class ChunkLosses {
	/** Places of parts that lie aside, and of which the log says what that costs. */
	readonly noted = new Set<string>();
	/** Closed days of which tier rows are gone. */
	readonly untiered = new Set<number>();
	#lost: LostData[] = [];

	all(): LostData[] {
		return [...this.#lost];
	}

	add(fact: Fact): void {
		switch (fact.is) {
			case 'aside':
				this.noted.add(fact.place);
				break;
			case 'lost':
				this.#forget(fact.lost);
				this.#lost = [...this.#lost, fact.lost].slice(-MAX_LOST);
				break;
			case 'refilled':
				this.#forget(fact);
				break;
			case 'untiered':
				this.untiered.add(fact.day);
				break;
			case 'closed':
				this.untiered.delete(fact.day);
				break;
			case 'cleared':
				this.untiered.delete(fact.day);
				this.#lost = this.#lost.filter((it) => !isWithin(it, fact.day));
				break;
			case 'floor':
				for (const day of this.untiered) if ((day + 1) * DAY_HOURS <= fact.hour) this.untiered.delete(day);
				this.#lost = this.#lost.filter(({ toHour }) => toHour >= fact.hour);
		}
	}

	facts(): Fact[] {
		return [
			...[...this.noted].map((place): Fact => ({ is: 'aside', place })),
			...this.#lost.map((lost): Fact => ({ is: 'lost', lost })),
			...[...this.untiered].map((day): Fact => ({ is: 'untiered', day })),
		];
	}

	#forget({ place, fromHour }: Pick<LostData, 'place' | 'fromHour'>): void {
		this.#lost = this.#lost.filter((it) => it.place !== place || it.fromHour !== fromHour);
	}

	/** Forgets parts that lie aside no longer. */
	prune(places: ReadonlySet<string>): void {
		for (const place of this.noted) if (!places.has(place)) this.noted.delete(place);
	}
}

function isWithin({ fromHour, toHour }: LostData, day: number): boolean {
	return fromHour >= day * DAY_HOURS && toHour < (day + 1) * DAY_HOURS;
}
