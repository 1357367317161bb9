import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { CoreError, type ProfileFold } from '../../../core-as/facade/index.ts';
import type { Clock } from '../../clock.ts';
import { flameOf, pprofOf } from '../clickhouse/profile-flame.ts';
import { unnamedCode } from '../clickhouse/profile-names.ts';
import { profileServices } from '../clickhouse/profile-services.ts';
import { type ProfileFilter, readProfiles } from '../clickhouse/profile-stacks.ts';
import type { Signals } from '../clickhouse/signal-store.ts';
import { ServerError } from '../errors.ts';
import type { ModelCache } from '../model/model-cache.ts';
import { applicationsByService } from '../model/service-names.ts';
import {
	ProfileDownloadQuery,
	ProfileFlame,
	ProfileFlameQuery,
	type ProfileFlameQuery as ProfileFlameQueryType,
	ProfileServices,
} from './profile-schemas.ts';
import { rangeOf } from './query-routes.ts';
import { Problem, Range } from './schemas.ts';
import { goneSignal, scopeOf } from './signal-query.ts';

const DEFAULT_NODES = 10_000;

/** Reading profiles. `fold` is used by one answer at a time, which does not wait in between. */
export function profileRoutes(o: { signals: Signals; models: ModelCache; clock: Clock; fold: ProfileFold }) {
	const { signals, models, clock, fold } = o;

	async function filterOf(query: ProfileFlameQueryType): Promise<ProfileFilter> {
		const { type, instance, baseFrom, baseTo } = query;
		const { from, to, services } = await scopeOf(query, o);
		if ((baseFrom === undefined) !== (baseTo === undefined))
			throw new ServerError('CXR_QUERY_RANGE', '`baseFrom` and `baseTo` stand together.');
		return {
			...{ from, to, type },
			...(services === undefined ? {} : { services }),
			...(instance === undefined ? {} : { instance }),
			...(baseFrom === undefined ? {} : { base: rangeOf({ from: baseFrom, to: baseTo! }, clock.now()) }),
		};
	}

	return async (instance: FastifyInstance): Promise<void> => {
		const app = instance.withTypeProvider<TypeBoxTypeProvider>();
		const errors = { 400: Problem, 401: Problem, 404: Problem, 422: Problem, 501: Problem, 503: Problem };
		const tags = ['query'];

		app.get(
			'/api/profiles/services',
			{
				schema: {
					tags,
					description: 'Services that were profiled, and the types of their profiles',
					querystring: Range,
					response: { 200: ProfileServices, ...errors },
				},
			},
			async ({ query }, reply) => {
				const range = rangeOf(query, clock.now());
				const found = await signals.ask((question) => profileServices(question, range), goneSignal(reply));
				const applications = applicationsByService(await models.get(range.from, range.to));
				const services = found.map((each) => ({
					...each,
					application: applications.get(each.service) ?? null,
				}));
				return { services };
			},
		);

		app.get(
			'/api/profiles/flame',
			{
				schema: {
					tags,
					description: 'The profiles of a time range as one flame graph',
					querystring: ProfileFlameQuery,
					response: { 200: ProfileFlame, ...errors },
				},
			},
			async ({ query }, reply) => {
				const filter = await filterOf(query);
				const { stacks, unit, samples, truncated, instances, times, series } = await signals.ask(
					(question) => readProfiles(question, filter),
					goneSignal(reply),
				);
				const flame = folded(() => flameOf(fold, stacks, query.maxNodes ?? DEFAULT_NODES));
				const hasBase = filter.base !== undefined;
				return {
					...{ type: filter.type, unit, from: filter.from, to: filter.to, samples, instances, times, series },
					total: flame.totals[0]!,
					baseTotal: hasBase ? flame.baseTotals[0]! : null,
					truncated: truncated || flame.omitted > 0,
					strings: flame.strings,
					names: [...flame.names],
					files: [...flame.files],
					parents: [...flame.parents],
					depths: [...flame.depths],
					totals: [...flame.totals],
					selfs: [...flame.selfs],
					baseTotals: hasBase ? [...flame.baseTotals] : null,
					baseSelfs: hasBase ? [...flame.baseSelfs] : null,
					unnamed: unnamedCode(flame),
				};
			},
		);

		app.get(
			'/api/profiles/pprof',
			{
				schema: {
					tags,
					description: 'The profiles of a time range as one gzipped profile.proto',
					querystring: ProfileDownloadQuery,
					produces: ['application/octet-stream'],
				},
			},
			async ({ query }, reply) => {
				const filter = await filterOf(query);
				const { stacks, unit } = await signals.ask(
					(question) => readProfiles(question, filter),
					goneSignal(reply),
				);
				if (stacks.length === 0) throw new ServerError('CXR_PROFILE_TYPE', filter.type);
				const bytes = folded(() => pprofOf(fold, stacks, { ...filter, unit }));
				const name = `${filter.type.replace(/[^A-Za-z0-9_-]+/g, '-')}-${new Date(filter.to).toISOString().slice(0, 19).replaceAll(':', '')}.pb.gz`;
				return reply
					.type('application/octet-stream')
					.header('content-disposition', `attachment; filename="${name}"`)
					.send(await gzipped(bytes));
			},
		);
	};
}

/** A fold that takes no more is a question that reads too much. */
function folded<T>(work: () => T): T {
	try {
		return work();
	} catch (error) {
		if (error instanceof CoreError && error.code === 'CXR_CORE_FOLD_FULL')
			throw new ServerError('CXR_QUERY_TOO_LARGE', error.message, { cause: error });
		throw error;
	}
}

async function gzipped(bytes: Uint8Array): Promise<Uint8Array> {
	const stream = new Blob([bytes as Uint8Array<ArrayBuffer>])
		.stream()
		.pipeThrough(new CompressionStream('gzip'));
	return new Uint8Array(await new Response(stream).arrayBuffer());
}
