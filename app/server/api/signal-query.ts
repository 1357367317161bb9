import type { FastifyReply } from 'fastify';
import type { Clock } from '../../clock.ts';
import type { AttributePair } from '../clickhouse/question.ts';
import { ServerError } from '../errors.ts';
import type { ModelCache } from '../model/model-cache.ts';
import { serviceNames } from '../model/service-names.ts';
import { rangeOf } from './query-routes.ts';

const MAX_ATTRIBUTES = 10;

export interface ScopeQuery {
	from?: number;
	to?: number;
	application?: string;
	service?: string;
	attribute?: string | string[];
}

/**
 * The range, services and attributes that a question of a page names. Throws CXR_QUERY_RANGE, CXR_QUERY_SCOPE,
 * CXR_QUERY_ATTRIBUTE, CXR_MODEL_NO_APPLICATION.
 */
export async function scopeOf(
	query: ScopeQuery,
	o: { models: ModelCache; clock: Clock },
): Promise<{ from: number; to: number; services?: string[]; attributes: AttributePair[] }> {
	const range = rangeOf(query, o.clock.now());
	const attributes = [query.attribute ?? []].flat().map(attributePair);
	if (attributes.length > MAX_ATTRIBUTES)
		throw new ServerError('CXR_QUERY_ATTRIBUTE', `There are ${attributes.length}.`);
	const { application, service } = query;
	if (application !== undefined && service !== undefined) throw new ServerError('CXR_QUERY_SCOPE');
	if (service !== undefined) return { ...range, attributes, services: [service] };
	if (application === undefined) return { ...range, attributes };
	const found = (await o.models.get(range.from, range.to)).applications.get(application);
	if (!found) throw new ServerError('CXR_MODEL_NO_APPLICATION', application);
	return { ...range, attributes, services: serviceNames(found) };
}

/** Keys hold no `=`; values may. */
function attributePair(text: string): AttributePair {
	const at = text.indexOf('=');
	if (at < 1) throw new ServerError('CXR_QUERY_ATTRIBUTE', JSON.stringify(text.slice(0, 100)));
	return { key: text.slice(0, at), value: text.slice(at + 1) };
}

/** Aborts when the connection closes before the answer is out. */
export function goneSignal(reply: FastifyReply): AbortSignal {
	const controller = new AbortController();
	reply.raw.once('close', () => {
		if (!reply.raw.writableFinished) controller.abort();
	});
	return controller.signal;
}
