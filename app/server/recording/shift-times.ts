import type { RecordedBody, RecordedSignal } from './recorded-body.ts';
import { type FieldEdit, type MessageShape, rewriteMessage } from './rewrite-message.ts';

const NS_PER_MS = 1_000_000n;

/** The body with every timestamp moved by `ms`; a time of 0 says that there is none, and stays. */
export function shiftTimes(body: RecordedBody, ms: number): RecordedBody {
	if (ms === 0) return body;
	const by = BigInt(Math.round(ms));
	return { ...body, body: rewriteMessage(body.body, shapes(by)[body.signal]) };
}

function shapes(ms: bigint): Record<RecordedSignal, MessageShape> {
	const moved = (by: bigint) => (value: bigint) => (value === 0n ? value : value + by);
	const millis: FieldEdit = { kind: 'varint', edit: moved(ms) };
	const nanos: FieldEdit = { kind: 'fixed64', edit: moved(ms * NS_PER_MS) };
	const keeping = (fields: Record<number, FieldEdit>): MessageShape => ({
		fields: new Map(Object.entries(fields).map(([number, edit]) => [Number(number), edit])),
		others: 'keep',
	});
	const within = (field: number, shape: MessageShape): MessageShape =>
		keeping({ [field]: { kind: 'message', shape: () => shape } });
	/** Resources, scopes, rows. */
	const otlp = (row: MessageShape) => within(1, within(2, within(2, row)));
	const event: FieldEdit = { kind: 'message', shape: () => keeping({ 1: nanos }) };
	const exemplar: FieldEdit = { kind: 'message', shape: () => keeping({ 2: nanos }) };
	/** Start and time of every kind of point. */
	const points = (more: Record<number, FieldEdit>): FieldEdit => ({
		kind: 'message',
		shape: () => within(1, keeping({ 2: nanos, 3: nanos, ...more })),
	});
	return {
		metrics: within(
			1,
			keeping({
				2: { kind: 'message', shape: () => keeping({ 2: millis }) },
				4: { kind: 'message', shape: () => keeping({ 15: millis }) },
			}),
		),
		logs: otlp(keeping({ 1: nanos, 11: nanos })),
		traces: otlp(keeping({ 7: nanos, 8: nanos, 11: event })),
		'otlp-metrics': otlp(
			keeping({
				5: points({ 5: exemplar }),
				7: points({ 5: exemplar }),
				9: points({ 8: exemplar }),
				10: points({ 11: exemplar }),
				11: points({}),
			}),
		),
		profiles: keeping({ 9: { kind: 'varint', edit: moved(ms * NS_PER_MS) } }),
	};
}
