import { serverStatus } from './server-status.svelte.ts';

/** Why a signal does not work, in the server's words; null while it works or nothing is known yet. */
export function whyOff(feature: 'logs' | 'traces' | 'profiles'): string | null {
	const found = serverStatus.data?.features.find((one) => one.feature === feature);
	return found && !found.ok ? (found.reason ?? `${feature} are switched off`) : null;
}
