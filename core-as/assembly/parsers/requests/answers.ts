import { noting, releaseHead } from './request-head';

// Requests that were answered within one record, for the caller of the parser to make spans of.

@unmanaged
export class Answer {
	/** Number of the request's head, which the reader releases. */
	head: u32;
	/** HTTP: the status; others: 0, or 1 for a failure. */
	status: u32;
	/** Time of the request's first record, and nanoseconds until the response's. */
	start: u64;
	elapsed: u64;
}

/** As many as one connection keeps heads of. */
export const MAX_ANSWERS: u32 = 32;
const answers: usize = memory.data(24 * 32, 8);

/** Answers, and answered requests that had no head, since the reader last set them to 0. */
export let answered: u32 = 0;
export let unnoted: u32 = 0;

export function resetAnswered(): void {
	answered = 0;
	unnoted = 0;
}

export function answerAt(index: u32): Answer {
	return changetype<Answer>(answers + <usize>index * offsetof<Answer>());
}

export function answer(head: u32, status: u32, start: u64, elapsed: u64): void {
	if (!noting) {
		releaseHead(head);
		return;
	}
	if (head === 0 || answered === MAX_ANSWERS) {
		releaseHead(head);
		unnoted++;
		return;
	}
	const it = answerAt(answered++);
	it.head = head;
	it.status = status;
	it.start = start;
	it.elapsed = elapsed;
}
