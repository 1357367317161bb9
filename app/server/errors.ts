/** Every error of the server, by code; docs/errors.md lists them, a test counts them. */
export const SERVER_ERRORS = {
	CXR_INGEST_UNSUPPORTED: { status: 415, message: 'Bodies of this kind are not taken here.' },
	CXR_INGEST_TOO_LARGE: { status: 413, message: 'The body is too large.' },
	CXR_INGEST_MALFORMED: { status: 400, message: 'The body cannot be decoded.' },
	CXR_INGEST_PARTIAL: { status: 400, message: 'Some of the request was refused; the rest is stored.' },
	CXR_INGEST_BATCH_ID: { status: 400, message: 'X-Codexray-Batch-Id is not 32 hexadecimal digits.' },
	CXR_INGEST_BUSY: { status: 503, message: 'The server cannot take more now; try again later.' },
	CXR_BLOCK_CORRUPT: { status: 500, message: 'A metric block in the spool cannot be read.' },
	CXR_BLOCK_VERSION: { status: 500, message: 'A metric block was written by a newer version.' },
	CXR_DELTA_STATE: { status: 500, message: 'The file with sums of deltas cannot be read.' },
	CXR_STORE_VERSION: { status: 500, message: 'The chunk store was written by a newer version.' },
	CXR_STORE_DAMAGED: {
		status: 500,
		message: 'The chunk store was damaged while it was open; a start mends it.',
	},
	CXR_STORE_UNAVAILABLE: { status: 500, message: 'The chunk store cannot be opened here.' },
	CXR_STORE_LOCKED: { status: 500, message: 'Another process has the chunk store open.' },
	CXR_INGEST_FULL: { status: 429, message: 'What is taken waits for its store; try again later.' },
	CXR_SIGNALS_OFF: { status: 501, message: 'Logs, traces and profiles are off on this server.' },
	CXR_ENGINE_SCHEMA: { status: 500, message: 'The tables in ClickHouse were made by a newer version.' },
	CXR_ENGINE_AWAY: { status: 503, message: 'ClickHouse does not answer; try again later.' },
	CXR_ENGINE_FAILED: { status: 500, message: 'ClickHouse refused the question.' },
	CXR_TRACE_UNKNOWN: { status: 404, message: 'No spans of this trace are stored.' },
	CXR_PROFILE_SERVICE: { status: 400, message: 'A profile needs `service.name` in the query.' },
	CXR_PROFILE_TYPE: { status: 404, message: 'No profile of this type is stored in this range.' },
	CXR_RECORDING_BUSY: { status: 429, message: 'Two recordings run already; try again when one has ended.' },
	CXR_RECORDING_FOREIGN: { status: 400, message: 'This is no recording.' },
	CXR_RECORDING_VERSION: { status: 400, message: 'This recording was made by a newer version.' },
	CXR_SOURCE_AWAY: { status: 502, message: 'The metric source does not answer as it should.' },
	CXR_SOURCE_CERTIFICATE: { status: 502, message: 'The certificate of the metric source is not trusted.' },
	CXR_SOURCE_SLOW: { status: 504, message: 'The metric source is too slow.' },
	CXR_SOURCE_TOO_MUCH: { status: 502, message: 'The metric source says that the question is too big.' },
	CXR_SOURCE_REFUSED: { status: 502, message: 'The metric source refuses the question.' },
	CXR_SOURCE_MALFORMED: { status: 502, message: 'The answer of the metric source cannot be read.' },
	CXR_AUTH_REQUIRED: { status: 401, message: 'Sign in, or send a key.' },
	CXR_AUTH_TOKEN: { status: 401, message: 'This sign-in token is not valid.' },
	CXR_AUTH_THROTTLED: { status: 429, message: 'Too many failed sign-ins; wait a minute.' },
	CXR_HTTP_HOST: { status: 421, message: 'This server does not answer for that host name.' },
	CXR_HTTP_ORIGIN: { status: 403, message: 'Requests from other sites are refused.' },
	CXR_HTTP_BAD_REQUEST: { status: 400, message: 'The request is not valid.' },
	CXR_HTTP_METHOD: { status: 405, message: 'This path is not asked this way.' },
	CXR_HTTP_NOT_FOUND: { status: 404, message: 'There is nothing here.' },
	CXR_HTTP_INTERNAL: { status: 500, message: 'The server failed; its log says why.' },
	CXR_QUERY_RANGE: { status: 400, message: 'The time range is not valid.' },
	CXR_QUERY_TOO_LARGE: { status: 422, message: 'The question reads too much; take a shorter range.' },
	CXR_QUERY_CURSOR: { status: 400, message: '`before` is not the `next` of an answer.' },
	CXR_QUERY_ATTRIBUTE: { status: 400, message: 'An attribute filter is KEY=VALUE, at most 10 of them.' },
	CXR_QUERY_SCOPE: {
		status: 400,
		message: 'A question is about an application or a service, not about both.',
	},
	CXR_QUERY_CANCELLED: { status: 499, message: 'Whoever asked did not wait for the answer.' },
	CXR_MODEL_NO_APPLICATION: {
		status: 404,
		message: 'No application with this id has samples in this range.',
	},
	CXR_MODEL_NO_NODE: { status: 404, message: 'No node with this id has samples in this range.' },
} as const satisfies Record<string, { message: string; status: number }>;

export type ServerErrorCode = keyof typeof SERVER_ERRORS;

export class ServerError extends Error {
	readonly code: ServerErrorCode;
	readonly status: number;
	/** What exactly, beside the catalogue's sentence. */
	readonly detail: string;
	/** Seconds after which trying again makes sense. */
	readonly retryAfter: number | undefined;

	constructor(code: ServerErrorCode, detail = '', options?: { cause?: unknown; retryAfter?: number }) {
		super(`${SERVER_ERRORS[code].message}${detail && ` ${detail}`}`, { cause: options?.cause });
		this.name = 'ServerError';
		this.code = code;
		this.status = SERVER_ERRORS[code].status;
		this.detail = detail;
		this.retryAfter = options?.retryAfter;
	}
}
