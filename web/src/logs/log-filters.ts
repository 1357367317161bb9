import type { LogFilters } from '../api/log-types.ts';
import type { ParamChanges } from '../state/address.ts';
import { isLevel } from './severity.ts';

/** The filters that an address holds. On an application's page the application is given and not chosen. */
export function readFilters(params: URLSearchParams, application: string | null): LogFilters {
	const severity = params.get('severity');
	return {
		application,
		service: params.get('service'),
		severity: isLevel(severity) ? severity : null,
		text: params.get('text'),
		pattern: params.get('pattern'),
		traceId: params.get('traceId'),
		attribute: params.getAll('attribute'),
	};
}

/** A service is narrower than an application; the server takes one of both. */
export function askedFilters(filters: LogFilters): LogFilters {
	return filters.service ? { ...filters, application: null } : filters;
}

/** Fields that have a parameter of their own; any other is an attribute. */
const FIELDS: Record<string, 'service' | 'severity' | 'pattern' | 'traceId'> = {
	service: 'service',
	'service.name': 'service',
	severity: 'severity',
	level: 'severity',
	pattern: 'pattern',
	trace: 'traceId',
	trace_id: 'traceId',
	traceId: 'traceId',
};

/** `field = value` or `field="some words"`; a field has a letter first, so that `a == b` and `1=1` stay words. */
const PAIR = /(?<=^|\s)([A-Za-z_][\w.\-/]*)\s*=\s*(?:"([^"]*)"|([^\s"=][^\s]*))(?=\s|$)/g;

/** What a person typed, as changes of the address: words, and `field = value` pairs that become filters. */
export function readTyped(typed: string, current: LogFilters): ParamChanges {
	const changes: ParamChanges = {};
	const attributes = [...(current.attribute ?? [])];
	const words = typed.replaceAll(PAIR, (pair, field: string, quoted?: string, plain?: string) => {
		const value = quoted ?? plain ?? '';
		const own = FIELDS[field];
		if (own === 'severity' && !isLevel(value.toLowerCase())) return pair;
		if (own === 'traceId' && !/^[0-9a-f]{32}$/i.test(value)) return pair;
		if (own) changes[own] = own === 'severity' ? value.toLowerCase() : value;
		else if (!attributes.includes(`${field}=${value}`)) attributes.push(`${field}=${value}`);
		return ' ';
	});
	changes.attribute = attributes;
	changes.text = words.replaceAll(/\s+/g, ' ').trim();
	return changes;
}

/** One filter as a chip: what it says, and the change of the address that takes it away. */
export interface FilterChip {
	key: string;
	words: string;
	without: ParamChanges;
}

/** All filters but the words, which stand in the field itself, and a given application. */
export function filterChips(filters: LogFilters, given: boolean): FilterChip[] {
	const chips: FilterChip[] = [];
	const one = (key: keyof LogFilters, words: string) => chips.push({ key, words, without: { [key]: null } });
	if (filters.application && !given)
		one('application', `application = ${filters.application.split(':').slice(3).join(':')}`);
	if (filters.service) one('service', `service = ${filters.service}`);
	if (filters.severity) one('severity', `severity ≥ ${filters.severity}`);
	if (filters.pattern) one('pattern', `pattern = ${filters.pattern.slice(0, 8)}`);
	if (filters.traceId) one('traceId', `trace = ${filters.traceId.slice(0, 8)}…`);
	const attributes = filters.attribute ?? [];
	for (const attribute of attributes) {
		const cut = attribute.indexOf('=');
		chips.push({
			key: `attribute ${attribute}`,
			words: `${attribute.slice(0, cut)} = ${attribute.slice(cut + 1)}`,
			without: { attribute: attributes.filter((other) => other !== attribute) },
		});
	}
	return chips;
}

/** Whether anything narrows the question, so that nothing found may only mean nothing that fits. */
export function isNarrowed(filters: LogFilters): boolean {
	return Boolean(filters.text) || filterChips(filters, true).length > 0;
}

/** The change of the address that takes all filters away. */
export const NO_FILTERS: ParamChanges = {
	application: null,
	service: null,
	severity: null,
	text: null,
	pattern: null,
	traceId: null,
	attribute: null,
};
