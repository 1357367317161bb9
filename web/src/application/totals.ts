import type { RequestSeries, RequestStatus } from '../api/types.ts';
import { formatShare, formatThings, formatWhole } from '../format/numbers.ts';
import { REQUEST_ORDER, requestWord } from './request-colours.ts';

/** Statuses with at least one request, in fixed order, and their number. */
export function totalsByStatus({ totals }: Pick<RequestSeries, 'totals'>): [RequestStatus, number][] {
	return REQUEST_ORDER.flatMap((status) => {
		const total = totals[status];
		return total ? [[status, total] as [RequestStatus, number]] : [];
	});
}

/** `10 000 requests in this range: 9 700 2xx, 200 4xx, 100 5xx (1 %)` */
export function totalsSentence(requests: Pick<RequestSeries, 'totals'>): string {
	const parts = totalsByStatus(requests);
	const all = parts.reduce((sum, [, total]) => sum + total, 0);
	if (all === 0) return '';
	const words = parts.map(([status, total]) => {
		const share = status === '5xx' || status === 'failed' ? ` (${formatShare(total / all)})` : '';
		return `${formatWhole(total)} ${requestWord(status)}${share}`;
	});
	return `${formatThings(Math.round(all), 'request')} in this range: ${words.join(', ')}`;
}
