import type { IconName } from '../icons.ts';
import type { Route } from '../state/address.ts';

/** Pages that stand by themselves in the navigation. */
export type NavigationPage = 'map' | 'applications' | 'logs' | 'traces' | 'profiles' | 'nodes';

/** The pages that exist, under the heading of their part. Nothing else is offered. */
export const NAVIGATION: {
	part: 'Observe' | 'Estate';
	page: NavigationPage;
	icon: IconName;
	name: string;
	short: string;
}[] = [
	{ part: 'Observe', page: 'map', icon: 'map', name: 'Service map', short: 'Map' },
	{ part: 'Observe', page: 'applications', icon: 'apps', name: 'Applications', short: 'Apps' },
	{ part: 'Observe', page: 'logs', icon: 'logs', name: 'Logs', short: 'Logs' },
	{ part: 'Observe', page: 'traces', icon: 'traces', name: 'Traces', short: 'Traces' },
	{ part: 'Observe', page: 'profiles', icon: 'profile', name: 'Profiles', short: 'Profiles' },
	{ part: 'Estate', page: 'nodes', icon: 'nodes', name: 'Nodes', short: 'Nodes' },
];

/** One thing out of a list belongs to the list. */
const PARENTS: Partial<Record<Route['page'], NavigationPage>> = {
	application: 'applications',
	trace: 'traces',
	node: 'nodes',
};

/** Whether the entry leads to where the page is. */
export function isCurrent(entry: NavigationPage, page: Route['page']): boolean {
	return entry === page || PARENTS[page] === entry;
}

export const nameOf = (page: NavigationPage | 'features'): string =>
	page === 'features' ? 'What works' : (NAVIGATION.find((entry) => entry.page === page)?.name ?? page);
