import type { ApplicationSummary, Status } from '../api/types.ts';
import { STATUS_WORDS } from '../format/status.ts';

/** What a screen reader hears, politely: only that the status of an application changed. */
class Announcer {
	text = $state('');
	#seen = new Map<string, Status>();

	/** Compares with what was last seen. The map holds the applications of one answer, no more. */
	observe(applications: ApplicationSummary[]): void {
		const changes: string[] = [];
		const next = new Map<string, Status>();
		for (const { id, name, status } of applications) {
			const before = this.#seen.get(id);
			if (before && before !== status) changes.push(`${name} is now ${STATUS_WORDS[status].toLowerCase()}`);
			next.set(id, status);
		}
		this.#seen = next;
		if (changes.length > 3) this.text = `${changes.length} applications changed their status.`;
		else if (changes.length) this.text = `${changes.join(', ')}.`;
	}
}

export const announcer = new Announcer();
