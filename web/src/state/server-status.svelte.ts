import { api } from '../api/client.ts';
import type { ServerStatus } from '../api/types.ts';
import { Feed, FIRST_MINUTE_MS, REFRESH_MS } from './feed.svelte.ts';

/** The server's own state, asked once for the whole page: project, newest sample, agents. */
export const serverStatus: Feed<ServerStatus> = new Feed(api.status, () =>
	serverStatus.data?.ingest.lastSampleAt == null ? FIRST_MINUTE_MS : REFRESH_MS,
);
