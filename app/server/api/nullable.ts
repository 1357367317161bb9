import { type TSchema, Type } from 'typebox';

/** Null is "not measured", which is not zero. */
export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
export const NumberOrNull = Nullable(Type.Number());
export const TimeOrNull = Nullable(Type.Number({ description: 'ms since the epoch' }));

/** One number per step of the answer's grid; null is "not measured", for a step or for all of them. */
export const Column = (description: string) =>
	Type.Union([Type.Array(NumberOrNull), Type.Null()], { description: `${description}; one per step` });
export const Times = Type.Array(Type.Number(), { description: 'ends of the steps, ms since the epoch' });
