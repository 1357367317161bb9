import type { Post, PostResult } from '../../delivery/sender.ts';
import { sourceAddress } from './source-address.ts';
import { credentialsAdvice, noAnswer } from './source-failures.ts';
import type { SourceHttp } from './source-http.ts';

/** As much of an answer as is worth a log line. */
const MAX_ANSWER = 1_000;

/** Sends bodies of remote write 1.0, as they came, to where a source takes them. */
export function forwardPost(o: {
	http: SourceHttp;
	url: string;
	headers: Readonly<Record<string, string>>;
}): Post {
	const { address, headers } = sourceAddress(o.url);
	const { pathname } = new URL(address);
	return async (record, given, signal): Promise<PostResult> => {
		const all = { ...o.headers, ...headers, ...given };
		const reply = await o
			.http({ method: 'POST', url: address, headers: all, body: record.payload }, signal)
			.catch((e: unknown) => {
				throw noAnswer(pathname, e);
			});
		let text = '';
		const decoder = new TextDecoder();
		// Read to its end, so that the connection can be used again.
		for await (const chunk of reply.chunks)
			if (text.length < MAX_ANSWER) text += decoder.decode(chunk, { stream: true });
		const retryAfter = reply.headers['retry-after'];
		const advice = credentialsAdvice(reply.status);
		return {
			status: reply.status,
			text: `${text.slice(0, MAX_ANSWER)}${advice && `; ${advice}`}`,
			...(retryAfter === undefined ? {} : { retryAfter }),
		};
	};
}

/** Headers of every forwarded body. Source: https://prometheus.io/docs/specs/prw/remote_write_spec/ */
export const FORWARD_HEADERS: Readonly<Record<string, string>> = {
	'Content-Type': 'application/x-protobuf',
	'Content-Encoding': 'snappy',
	'X-Prometheus-Remote-Write-Version': '0.1.0',
};
