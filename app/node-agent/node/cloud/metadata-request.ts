/** Asks a metadata service. Resolves with the body of a 200; rejects otherwise, also when there is no answer in time. */
export type MetadataRequest = (
	url: string,
	options?: { method?: 'GET' | 'PUT'; headers?: Record<string, string> },
) => Promise<string>;
