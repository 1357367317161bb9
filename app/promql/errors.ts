/** What went wrong, in the words of Prometheus's HTTP API. */
export type QueryErrorType = 'bad_data' | 'execution' | 'timeout' | 'canceled';

/** Why a query has no answer. What is wrong with its text is a ParseError. */
export class QueryError extends Error {
	readonly type: QueryErrorType;

	constructor(type: QueryErrorType, message: string) {
		super(message);
		this.name = 'QueryError';
		this.type = type;
	}
}

export function failed(message: string): QueryError {
	return new QueryError('execution', message);
}
