import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Clock } from '../../clock.ts';
import { ServerError } from '../errors.ts';
import type { SeriesSource } from '../model/metric-rows.ts';
import type { ModelCache } from '../model/model-cache.ts';
import { reportNode } from '../model/node-report.ts';
import { listNodes } from '../model/node-summary.ts';
import { NodeList, NodeReport } from './node-schemas.ts';
import { rangeOf } from './query-routes.ts';
import { Problem, Range } from './schemas.ts';

export interface NodeRoutesOptions {
	models: ModelCache;
	store: SeriesSource;
	clock: Clock;
}

export function nodeRoutes({ models, store, clock }: NodeRoutesOptions) {
	return async (instance: FastifyInstance): Promise<void> => {
		const app = instance.withTypeProvider<TypeBoxTypeProvider>();
		const errors = { 400: Problem, 401: Problem, 422: Problem };

		app.get(
			'/api/nodes',
			{
				schema: {
					tags: ['query'],
					description: 'Nodes, what they are and what they use',
					querystring: Range,
					response: { 200: NodeList, ...errors },
				},
			},
			async (request) => {
				const { from, to } = rangeOf(request.query, clock.now());
				const world = await models.get(from, to);
				const { grid } = world;
				const nodes = await listNodes(store, world, clock.now());
				return { from: grid.from, to: grid.to, step: grid.step, nodes };
			},
		);

		app.get(
			'/api/nodes/:id',
			{
				schema: {
					tags: ['query'],
					description: 'One node: CPU, memory, disks, network, its agent, and which applications use it',
					params: Type.Object({ id: Type.String() }),
					querystring: Range,
					response: { 200: NodeReport, 404: Problem, ...errors },
				},
			},
			async (request) => {
				const { from, to } = rangeOf(request.query, clock.now());
				const world = await models.get(from, to);
				const node = world.nodes.get(request.params.id);
				if (!node) throw new ServerError('CXR_MODEL_NO_NODE', request.params.id);
				return reportNode(store, world, node, clock.now());
			},
		);
	};
}
