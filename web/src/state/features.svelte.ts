import type { Feature } from '../api/types.ts';
import { serverStatus } from './server-status.svelte.ts';

/** Why a signal does not work, in the server's words; null while it works or nothing is known yet. */
export function whyOff(feature: 'logs' | 'traces' | 'profiles'): string | null {
	const found = featureCalled(feature);
	return found && !found.ok ? (found.reason ?? `${feature} are switched off`) : null;
}

/** What the server says of one of its features; undefined while nothing is known. */
export function featureCalled(name: string): Feature | undefined {
	return serverStatus.data?.features.find(({ feature }) => feature === name);
}
