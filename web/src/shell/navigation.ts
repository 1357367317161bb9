import type { IconName } from '../icons.ts';
import type { Route } from '../state/address.ts';

/** Pages that stand by themselves in the navigation. */
export type NavigationPage = 'map' | 'applications' | 'logs' | 'traces' | 'profiles';

/** The pages that exist. Nothing else is offered. */
export const NAVIGATION: { page: NavigationPage; icon: IconName; name: string; short: string }[] = [
	{ page: 'map', icon: 'map', name: 'Service map', short: 'Map' },
	{ page: 'applications', icon: 'apps', name: 'Applications', short: 'Apps' },
	{ page: 'logs', icon: 'logs', name: 'Logs', short: 'Logs' },
	{ page: 'traces', icon: 'traces', name: 'Traces', short: 'Traces' },
	{ page: 'profiles', icon: 'profile', name: 'Profiles', short: 'Profiles' },
];

/** One thing out of a list belongs to the list. */
const PARENTS: Partial<Record<Route['page'], NavigationPage>> = {
	application: 'applications',
	trace: 'traces',
};

/** Whether the entry leads to where the page is. */
export function isCurrent(entry: NavigationPage, page: Route['page']): boolean {
	return entry === page || PARENTS[page] === entry;
}

export const nameOf = (page: NavigationPage | 'features'): string =>
	page === 'features' ? 'What works' : (NAVIGATION.find((entry) => entry.page === page)?.name ?? page);
