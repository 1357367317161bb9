import type { RequestStatus } from '../api/types.ts';

/** Quiet for what went well, loud for what did not. In the order in which they lie on each other. */
export const REQUEST_COLOURS: Record<RequestStatus, string> = {
	'1xx': '--rq-1xx',
	'2xx': '--rq-2xx',
	'3xx': '--rq-3xx',
	'4xx': '--rq-4xx',
	'5xx': '--rq-5xx',
	ok: '--rq-2xx',
	failed: '--rq-5xx',
	unknown: '--rq-unknown',
};

export const REQUEST_ORDER = Object.keys(REQUEST_COLOURS) as RequestStatus[];

export const requestWord = (status: RequestStatus) => (status === 'unknown' ? 'no answer seen' : status);
