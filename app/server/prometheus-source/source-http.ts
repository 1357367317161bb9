export interface SourceRequest {
	method: 'GET' | 'POST';
	url: string;
	headers: Readonly<Record<string, string>>;
	body?: Uint8Array;
}

export interface SourceReply {
	status: number;
	/** Names in lower case. */
	headers: Readonly<Record<string, string | undefined>>;
	/** The body as it comes. Who does not read it to its end must abort the request's signal. */
	chunks: AsyncIterable<Uint8Array>;
}

/**
 * Port: one HTTP request to the source. Resolves once the header of the answer is there, rejects when there is none.
 * Follows no redirects: a password goes only where it was told to go. Adapter: hosts/node/source-http.ts
 */
export type SourceHttp = (request: SourceRequest, signal: AbortSignal) => Promise<SourceReply>;
