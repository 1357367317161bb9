import { Type } from 'typebox';

/** What the shapes of logs and traces in the HTTP API share. */

export const Texts = Type.Record(Type.String(), Type.String());
export const Scope = Type.Object({ name: Type.String(), version: Type.String() });
export const Millis = Type.Number({ description: 'ms since the epoch' });
export const Nanos = Type.String({ description: 'ns since the epoch, decimal' });
export const Numbers = Type.Array(Type.Number());
export const ApplicationOrNull = Type.Union([Type.String(), Type.Null()], {
	description: 'id of the application that the service belongs to',
});

export const Steps = {
	from: Millis,
	to: Millis,
	step: Type.Number({ description: 'ms' }),
	times: Type.Array(Type.Number(), { description: 'the ends of the steps' }),
};

export const ScopeFilter = {
	application: Type.Optional(
		Type.String({ maxLength: 2048, description: 'id of an application: all services that belong to it' }),
	),
	service: Type.Optional(Type.String({ maxLength: 2048, description: 'one service by its name' })),
};

export const AttributeFilter = {
	attribute: Type.Optional(
		Type.Union([Type.String({ maxLength: 4096 }), Type.Array(Type.String({ maxLength: 4096 }))], {
			description: 'KEY=VALUE, of the record or its resource; may stand several times, all must hold',
		}),
	),
};

export const Before = Type.Optional(
	Type.String({ maxLength: 40, description: '`next` of the answer before: goes on behind it' }),
);
export const Next = Type.Union([Type.String(), Type.Null()], {
	description: 'for `before`, to get what is older; null at the end',
});
