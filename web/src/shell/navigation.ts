import type { IconName } from '../icons.ts';

/** The pages that exist. Nothing else is offered. */
export const NAVIGATION: { page: 'map' | 'applications'; icon: IconName; name: string; short: string }[] = [
	{ page: 'map', icon: 'map', name: 'Service map', short: 'Map' },
	{ page: 'applications', icon: 'apps', name: 'Applications', short: 'Apps' },
];

/** Whether the entry leads to where the page is; an application's page belongs to the list. */
export function isCurrent(entry: string, page: string): boolean {
	return entry === page || (entry === 'applications' && page === 'application');
}
