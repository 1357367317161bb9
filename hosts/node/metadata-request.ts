import type { MetadataRequest } from '../../app/node-agent/node/cloud/metadata-request.ts';

/** A metadata service is on the same machine, or is not there; several requests may follow on each other. */
const TIMEOUT_MS = 1_000;
const MAX_ANSWER = 1 << 20;

export const requestMetadata: MetadataRequest = async (url, { method = 'GET', headers = {} } = {}) => {
	const response = await fetch(url, {
		...{ method, headers, redirect: 'error' },
		signal: AbortSignal.timeout(TIMEOUT_MS),
	});
	if (!response.ok) throw new Error(`${url} answers ${response.status}`);
	const text = await response.text();
	if (text.length > MAX_ANSWER) throw new Error(`${url} answers ${text.length} bytes`);
	return text;
};
