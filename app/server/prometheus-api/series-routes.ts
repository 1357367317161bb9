import type { FastifyInstance, FastifyRequest } from 'fastify';
import { compareSortKeys, isLabelName, sortKeyOf } from '../../promql/labels/label-set.ts';
import { parseMetricSelector } from '../../promql/parser/metric-selector.ts';
import { matchesEmpty } from '../../promql/regex/label-matcher.ts';
import type { SeriesIndex, TimeSpan } from '../metrics/series-index.ts';
import { labelsText, success, TRUNCATED } from './answer-text.ts';
import { ApiError, apiErrorOf, invalidParameter } from './api-error.ts';
import { sendTexts } from './api-reply.ts';
import { unescapeLabelName } from './label-name.ts';
import type { MetricStore } from './metric-store.ts';
import { Parameters } from './parameters.ts';

/** Series of one answer, whatever `limit` says; the answer warns when there are more. */
const MAX_SERIES = 100_000;
/** Selectors of one request. */
const MAX_SELECTORS = 100;

/** `series`, `labels`, `label/NAME/values` and `metadata`. */
export function seriesRoutes(app: FastifyInstance, o: { store: MetricStore }): void {
	const { index } = o.store;
	const method = ['GET', 'POST'];
	const schema = (description: string) => ({ tags: ['prometheus'], description });

	app.route({
		method,
		url: '/series',
		schema: schema('Label sets of series: `match[]` (several), `start`, `end`, `limit`'),
		handler: async (request: FastifyRequest, reply) => {
			const p = new Parameters(request);
			const limit = p.limit();
			const span = spanOf(p);
			const found = index.within(selected(p, index) ?? noSelector(), span);
			const most = Math.min(limit === 0 ? MAX_SERIES : limit, MAX_SERIES);
			const sets = [...found]
				.map((sid) => index.labels(sid)!)
				.map((labels) => ({ labels, key: sortKeyOf(labels) }));
			sets.sort((a, b) => compareSortKeys(a.key, b.key));
			const texts = sets.slice(0, most).map(({ labels }) => labelsText(labels));
			return sendTexts(reply, success(listOf(texts), { warnings: sets.length > most ? [TRUNCATED] : [] }));
		},
	});

	app.route({
		method,
		url: '/labels',
		schema: schema('Names of labels: `match[]` (several), `start`, `end`, `limit`'),
		handler: async (request: FastifyRequest, reply) => {
			const p = new Parameters(request);
			const limit = p.limit();
			const span = spanOf(p);
			return sendTexts(reply, texts(index.names(selected(p, index), span), limit));
		},
	});

	app.get(
		'/label/:name/values',
		{ schema: schema('Values of a label: `match[]` (several), `start`, `end`, `limit`') },
		async (request: FastifyRequest, reply) => {
			const p = new Parameters(request);
			const given = (request.params as { name: string }).name;
			const name = unescapeLabelName(given);
			if (!isLabelName(name)) throw new ApiError('bad_data', `invalid label name: ${JSON.stringify(given)}`);
			const limit = p.limit();
			const span = spanOf(p);
			return sendTexts(reply, texts(index.values(name, selected(p, index), span), limit));
		},
	);

	app.get(
		'/metadata',
		{ schema: schema('What metrics mean: `metric`, `limit`, `limit_per_metric`') },
		async (request: FastifyRequest, reply) => {
			const p = new Parameters(request);
			const limit = p.limit();
			const perMetric = p.limit('limit_per_metric');
			const wanted = p.text('metric');
			const families = new Map<string, { type: string; help: string; unit: string }[]>();
			for (const { family, type, help, unit } of o.store.metadata?.() ?? []) {
				if (wanted !== '' && family !== wanted) continue;
				const known = families.get(family);
				if (known) {
					if (perMetric === 0 || known.length < perMetric) known.push({ type, help, unit });
				} else if (limit === 0 || families.size < limit) families.set(family, [{ type, help, unit }]);
			}
			const entries = [...families].map(([name, list]) => `${JSON.stringify(name)}:${JSON.stringify(list)}`);
			return sendTexts(reply, success([`{${entries.join(',')}}`]));
		},
	);
}

function spanOf(p: Parameters): TimeSpan {
	const from = p.time('start', Number.NEGATIVE_INFINITY);
	const to = p.time('end', Number.POSITIVE_INFINITY);
	if (to < from) throw invalidParameter('end', 'end timestamp must not be before start time');
	return { from, to };
}

/** Ids of series that one of the selectors takes; undefined without a selector. */
function selected(p: Parameters, index: SeriesIndex): Uint32Array | undefined {
	const texts = p.all('match[]');
	if (texts.length === 0) return undefined;
	if (texts.length > MAX_SELECTORS) {
		throw invalidParameter(
			'match[]',
			`there are ${texts.length} selectors; at most ${MAX_SELECTORS} are taken`,
		);
	}
	const lists = texts.map((text) => {
		try {
			const matchers = parseMetricSelector(text);
			if (matchers.every(matchesEmpty)) {
				throw invalidParameter('match[]', 'match[] must contain at least one non-empty matcher');
			}
			return index.select(matchers);
		} catch (error) {
			throw apiErrorOf(error, 'match[]') ?? error;
		}
	});
	if (lists.length === 1) return lists[0]!;
	return Uint32Array.from(new Set(lists.flatMap((list) => [...list]))).sort();
}

function noSelector(): never {
	throw new ApiError('bad_data', 'no match[] parameter provided');
}

function texts(all: string[], limit: number): Iterator<string> {
	const cut = limit > 0 && all.length > limit;
	const list = (cut ? all.slice(0, limit) : all).map((text) => JSON.stringify(text));
	return success(listOf(list), { warnings: cut ? [TRUNCATED] : [] });
}

function* listOf(items: readonly string[]): Generator<string> {
	yield '[';
	for (const [i, item] of items.entries()) yield i === 0 ? item : `,${item}`;
	yield ']';
}
