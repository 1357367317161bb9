import { IN_FLIGHT } from './exchange';
import { noting, releaseHead } from './request-head';

// Requests that were answered within one record, for the caller of the parser to make spans of.

@unmanaged
export class Answer {
	/** Number of the request's head, which the reader releases; 0 when it was not noted. */
	head: u32;
	status: u32;
	/** Time of the request's first record, and nanoseconds until the response's. */
	start: u64;
	elapsed: u64;
}

/** IN_FLIGHT of them: a record holds responses to no more requests than are remembered. */
const answers: usize = memory.data(24 * 16, 8);

/** Answers since the reader last set it to 0; none while requests are not noted. */
export let answered: u32 = 0;

export function resetAnswered(): void {
	answered = 0;
}

export function answerAt(index: u32): Answer {
	return changetype<Answer>(answers + <usize>index * offsetof<Answer>());
}

export function answer(head: u32, status: u32, start: u64, elapsed: u64): void {
	if (!noting || answered === IN_FLIGHT) {
		releaseHead(head);
		return;
	}
	const it = answerAt(answered++);
	it.head = head;
	it.status = status;
	it.start = start;
	it.elapsed = elapsed;
}
