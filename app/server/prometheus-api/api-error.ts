import { QueryError } from '../../promql/errors.ts';
import { ParseError } from '../../promql/parser/parse-error.ts';
import { RegexError } from '../../promql/regex/regex-error.ts';
import { ServerError } from '../errors.ts';

/** Kinds of errors in Prometheus's words, and the status that each has. Source: prometheus/web/api/v1/api.go. */
export const ERROR_STATUS = {
	bad_data: 400,
	execution: 422,
	canceled: 499,
	timeout: 503,
	unavailable: 503,
	internal: 500,
	not_found: 404,
	not_acceptable: 406,
} as const;

export type ApiErrorType = keyof typeof ERROR_STATUS;

/** An error of the Prometheus API: what its clients understand. */
export class ApiError extends Error {
	readonly type: ApiErrorType;
	/** Where it is not the one of its type. */
	readonly status: number;

	constructor(type: ApiErrorType, message: string, status: number = ERROR_STATUS[type]) {
		super(message);
		this.name = 'ApiError';
		this.type = type;
		this.status = status;
	}
}

/** A parameter cannot be taken; the words are Prometheus's. */
export function invalidParameter(name: string, reason: string): ApiError {
	return new ApiError('bad_data', `invalid parameter ${JSON.stringify(name)}: ${reason}`);
}

/** What a thrown thing is to a client; undefined when nobody expected it. `parameter` holds the text that was parsed. */
export function apiErrorOf(error: unknown, parameter = 'query'): ApiError | undefined {
	if (error instanceof ApiError) return error;
	if (error instanceof ParseError || error instanceof RegexError) {
		return invalidParameter(parameter, error.message);
	}
	if (error instanceof QueryError) return new ApiError(error.type, error.message);
	if (error instanceof ServerError) {
		if (error.code === 'CXR_QUERY_TOO_LARGE') return new ApiError('execution', error.message);
		const type = error.status >= 500 ? 'internal' : error.status === 404 ? 'not_found' : 'bad_data';
		return new ApiError(type, error.message, error.status);
	}
	if (error instanceof DOMException && error.name === 'AbortError') {
		return new ApiError('canceled', 'query was canceled in expression evaluation');
	}
	// Of the HTTP server: bodies that are too long, cut or of another kind, ends of connections.
	const status = (error as { statusCode?: number } | null)?.statusCode;
	if (status !== undefined && status >= 400 && status < 500) {
		return new ApiError('bad_data', (error as Error).message, status);
	}
	return undefined;
}
