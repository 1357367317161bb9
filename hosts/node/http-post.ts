import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { SpoolRecord } from '../../app/delivery/record.ts';
import type { Post, PostResult } from '../../app/delivery/sender.ts';

/** As much of an answer as is worth a log line. */
const MAX_ANSWER = 1_000;

/**
 * The Post port over node:http, with an explicit Content-Length: some proxies break chunked requests.
 * Redirects are answers like others: a key goes only where it was told to go.
 */
export function httpPost(urlOf: (record: SpoolRecord) => string): Post {
	return (record, headers, signal) =>
		new Promise<PostResult>((resolve, reject) => {
			const target = new URL(urlOf(record));
			const request = target.protocol === 'https:' ? httpsRequest : httpRequest;
			const body = record.payload;
			const sent = request(
				target,
				{ method: 'POST', headers: { ...headers, 'Content-Length': body.byteLength }, signal },
				(response) => {
					const chunks: Buffer[] = [];
					let size = 0;
					response.on('data', (chunk: Buffer) => {
						if (size < MAX_ANSWER) chunks.push(chunk);
						size += chunk.length;
					});
					response.on('error', reject);
					response.on('end', () => {
						const text = Buffer.concat(chunks).toString('utf8').slice(0, MAX_ANSWER);
						const retryAfter = response.headers['retry-after'];
						const status = response.statusCode ?? 0;
						resolve({ status, text, ...(retryAfter === undefined ? {} : { retryAfter }) });
					});
				},
			);
			sent.on('error', reject);
			sent.end(body);
		});
}
