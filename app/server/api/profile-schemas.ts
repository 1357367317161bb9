import { type Static, Type } from 'typebox';
import { Range } from './schemas.ts';
import { ApplicationOrNull, Millis, Numbers, ScopeFilter } from './signal-schemas.ts';

/** Shapes of profiles in the HTTP API. */

export const ProfileServices = Type.Object({
	services: Type.Array(
		Type.Object({
			service: Type.String(),
			application: ApplicationOrNull,
			types: Type.Array(
				Type.Object({
					type: Type.String(),
					unit: Type.String(),
					aggregation: Type.Union([Type.Literal('sum'), Type.Literal('avg')], {
						description: 'what was spent, or what was there',
					}),
					lastAt: Millis,
				}),
			),
		}),
	),
});

const ProfileFilter = {
	...Range.properties,
	...ScopeFilter,
	type: Type.String({ minLength: 1, maxLength: 200, description: 'such as ebpf:cpu:nanoseconds' }),
	instance: Type.Optional(Type.String({ maxLength: 2048, description: 'container id' })),
};

export const ProfileDownloadQuery = Type.Object(ProfileFilter);

export const ProfileFlameQuery = Type.Object({
	...ProfileFilter,
	baseFrom: Type.Optional(Type.Number({ description: 'ms since the epoch: a time to compare with' })),
	baseTo: Type.Optional(Type.Number({ description: 'ms since the epoch' })),
	maxNodes: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, description: 'default 10000' })),
});
export type ProfileFlameQuery = Static<typeof ProfileFlameQuery>;

const NumbersOrNull = Type.Union([Numbers, Type.Null()]);

export const ProfileFlame = Type.Object({
	type: Type.String(),
	unit: Type.String(),
	from: Millis,
	to: Millis,
	total: Type.Number(),
	baseTotal: Type.Union([Type.Number(), Type.Null()]),
	samples: Type.Number({ description: 'stored samples that the values come from' }),
	truncated: Type.Boolean({ description: 'there were more stacks or nodes than an answer holds' }),
	strings: Type.Array(Type.String()),
	names: Type.Array(Type.Number(), { description: 'by node, in pre-order; node 0 is the root' }),
	files: Numbers,
	parents: Numbers,
	depths: Numbers,
	totals: Numbers,
	selfs: Numbers,
	baseTotals: NumbersOrNull,
	baseSelfs: NumbersOrNull,
	instances: Type.Array(Type.Object({ instance: Type.String(), total: Type.Number() })),
	times: Type.Array(Type.Number(), { description: 'the ends of the steps' }),
	series: Type.Array(Type.Union([Type.Number(), Type.Null()]), { description: 'value by step' }),
	unnamed: Type.Union(
		[
			Type.Object({
				share: Type.Number({ description: 'of the total, 0 to 1' }),
				runtime: Type.Union([Type.String(), Type.Null()]),
				hint: Type.String({ description: 'what gives it names' }),
			}),
			Type.Null(),
		],
		{ description: 'code without names that takes a good part of the total' },
	),
});
