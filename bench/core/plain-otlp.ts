import protobuf from 'protobufjs';

// OTLP export requests through protobufjs, decoded as its generator of static modules writes it. Times are pairs of
// 32-bit halves: without a library for 64-bit numbers protobufjs would round them.

type Reader = InstanceType<typeof protobuf.Reader>;

export interface PlainTime {
	low: number;
	high: number;
}
export interface PlainValue {
	value: string | boolean | number | bigint | Uint8Array | PlainValue[] | PlainAttribute[] | null;
}
export interface PlainAttribute {
	key: string;
	value: PlainValue;
}
export interface PlainLog {
	time: PlainTime;
	observed: PlainTime;
	severityNumber: number;
	severityText: string;
	body: PlainValue;
	attributes: PlainAttribute[];
	flags: number;
	traceId: Uint8Array;
	spanId: Uint8Array;
	eventName: string;
}
export interface PlainEvent {
	time: PlainTime;
	name: string;
	attributes: PlainAttribute[];
}
export interface PlainLink {
	traceId: Uint8Array;
	spanId: Uint8Array;
	traceState: string;
	attributes: PlainAttribute[];
}
export interface PlainSpan {
	traceId: Uint8Array;
	spanId: Uint8Array;
	traceState: string;
	parentSpanId: Uint8Array;
	name: string;
	kind: number;
	start: PlainTime;
	end: PlainTime;
	attributes: PlainAttribute[];
	events: PlainEvent[];
	links: PlainLink[];
	statusMessage: string;
	statusCode: number;
	flags: number;
}
export interface PlainScope<Row> {
	name: string;
	version: string;
	attributes: PlainAttribute[];
	rows: Row[];
}
export interface PlainResource<Row> {
	attributes: PlainAttribute[];
	scopes: PlainScope<Row>[];
}

const NOTHING = new Uint8Array(0);

/** Reads one message: `field` takes the tag's number and says whether it knew it. */
function message(reader: Reader, length: number | undefined, field: (number: number) => boolean): void {
	const end = length === undefined ? reader.len : reader.pos + length;
	while (reader.pos < end) {
		const tag = reader.uint32();
		if (!field(tag >>> 3)) reader.skipType(tag & 7);
	}
}

function decodeTime(reader: Reader): PlainTime {
	return { low: reader.fixed32(), high: reader.fixed32() };
}

function decodeValue(reader: Reader, length: number): PlainValue {
	const end = reader.pos + length;
	let value: PlainValue['value'] = null;
	while (reader.pos < end) {
		const tag = reader.uint32();
		switch (tag >>> 3) {
			case 1:
				value = reader.string();
				break;
			case 2:
				value = reader.bool();
				break;
			case 3:
				value = BigInt(String(reader.int64()));
				break;
			case 4:
				value = reader.double();
				break;
			case 5: {
				const items: PlainValue[] = [];
				message(reader, reader.uint32(), (number) => {
					if (number === 1) items.push(decodeValue(reader, reader.uint32()));
					return number === 1;
				});
				value = items;
				break;
			}
			case 6: {
				const items: PlainAttribute[] = [];
				message(reader, reader.uint32(), (number) => {
					if (number === 1) items.push(decodeAttribute(reader, reader.uint32()));
					return number === 1;
				});
				value = items;
				break;
			}
			case 7:
				value = reader.bytes();
				break;
			default:
				reader.skipType(tag & 7);
		}
	}
	return { value };
}

function decodeAttribute(reader: Reader, length: number): PlainAttribute {
	const end = reader.pos + length;
	const attribute: PlainAttribute = { key: '', value: { value: null } };
	while (reader.pos < end) {
		const tag = reader.uint32();
		switch (tag >>> 3) {
			case 1:
				attribute.key = reader.string();
				break;
			case 2:
				attribute.value = decodeValue(reader, reader.uint32());
				break;
			default:
				reader.skipType(tag & 7);
		}
	}
	return attribute;
}

function decodeLog(reader: Reader, length: number): PlainLog {
	const end = reader.pos + length;
	const log: PlainLog = {
		time: { low: 0, high: 0 },
		observed: { low: 0, high: 0 },
		severityNumber: 0,
		severityText: '',
		body: { value: null },
		attributes: [],
		flags: 0,
		traceId: NOTHING,
		spanId: NOTHING,
		eventName: '',
	};
	while (reader.pos < end) {
		const tag = reader.uint32();
		switch (tag >>> 3) {
			case 1:
				log.time = decodeTime(reader);
				break;
			case 2:
				log.severityNumber = reader.int32();
				break;
			case 3:
				log.severityText = reader.string();
				break;
			case 5:
				log.body = decodeValue(reader, reader.uint32());
				break;
			case 6:
				log.attributes.push(decodeAttribute(reader, reader.uint32()));
				break;
			case 8:
				log.flags = reader.fixed32();
				break;
			case 9:
				log.traceId = reader.bytes();
				break;
			case 10:
				log.spanId = reader.bytes();
				break;
			case 11:
				log.observed = decodeTime(reader);
				break;
			case 12:
				log.eventName = reader.string();
				break;
			default:
				reader.skipType(tag & 7);
		}
	}
	return log;
}

function decodeEvent(reader: Reader, length: number): PlainEvent {
	const event: PlainEvent = { time: { low: 0, high: 0 }, name: '', attributes: [] };
	message(reader, length, (number) => {
		if (number === 1) event.time = decodeTime(reader);
		else if (number === 2) event.name = reader.string();
		else if (number === 3) event.attributes.push(decodeAttribute(reader, reader.uint32()));
		return number >= 1 && number <= 3;
	});
	return event;
}

function decodeLink(reader: Reader, length: number): PlainLink {
	const link: PlainLink = { traceId: NOTHING, spanId: NOTHING, traceState: '', attributes: [] };
	message(reader, length, (number) => {
		if (number === 1) link.traceId = reader.bytes();
		else if (number === 2) link.spanId = reader.bytes();
		else if (number === 3) link.traceState = reader.string();
		else if (number === 4) link.attributes.push(decodeAttribute(reader, reader.uint32()));
		return number >= 1 && number <= 4;
	});
	return link;
}

function decodeSpan(reader: Reader, length: number): PlainSpan {
	const end = reader.pos + length;
	const span: PlainSpan = {
		traceId: NOTHING,
		spanId: NOTHING,
		traceState: '',
		parentSpanId: NOTHING,
		name: '',
		kind: 0,
		start: { low: 0, high: 0 },
		end: { low: 0, high: 0 },
		attributes: [],
		events: [],
		links: [],
		statusMessage: '',
		statusCode: 0,
		flags: 0,
	};
	while (reader.pos < end) {
		const tag = reader.uint32();
		switch (tag >>> 3) {
			case 1:
				span.traceId = reader.bytes();
				break;
			case 2:
				span.spanId = reader.bytes();
				break;
			case 3:
				span.traceState = reader.string();
				break;
			case 4:
				span.parentSpanId = reader.bytes();
				break;
			case 5:
				span.name = reader.string();
				break;
			case 6:
				span.kind = reader.int32();
				break;
			case 7:
				span.start = decodeTime(reader);
				break;
			case 8:
				span.end = decodeTime(reader);
				break;
			case 9:
				span.attributes.push(decodeAttribute(reader, reader.uint32()));
				break;
			case 11:
				span.events.push(decodeEvent(reader, reader.uint32()));
				break;
			case 13:
				span.links.push(decodeLink(reader, reader.uint32()));
				break;
			case 15:
				message(reader, reader.uint32(), (number) => {
					if (number === 2) span.statusMessage = reader.string();
					else if (number === 3) span.statusCode = reader.int32();
					return number === 2 || number === 3;
				});
				break;
			case 16:
				span.flags = reader.fixed32();
				break;
			default:
				reader.skipType(tag & 7);
		}
	}
	return span;
}

function decodeScope<Row>(
	reader: Reader,
	length: number,
	decodeRow: (reader: Reader, length: number) => Row,
): PlainScope<Row> {
	const scope: PlainScope<Row> = { name: '', version: '', attributes: [], rows: [] };
	message(reader, length, (number) => {
		if (number === 1) {
			message(reader, reader.uint32(), (inner) => {
				if (inner === 1) scope.name = reader.string();
				else if (inner === 2) scope.version = reader.string();
				else if (inner === 3) scope.attributes.push(decodeAttribute(reader, reader.uint32()));
				return inner >= 1 && inner <= 3;
			});
		} else if (number === 2) scope.rows.push(decodeRow(reader, reader.uint32()));
		return number === 1 || number === 2;
	});
	return scope;
}

function decodeRequest<Row>(
	body: Uint8Array,
	decodeRow: (reader: Reader, length: number) => Row,
): PlainResource<Row>[] {
	const reader = protobuf.Reader.create(body);
	const resources: PlainResource<Row>[] = [];
	message(reader, undefined, (field) => {
		if (field !== 1) return false;
		const resource: PlainResource<Row> = { attributes: [], scopes: [] };
		resources.push(resource);
		message(reader, reader.uint32(), (number) => {
			if (number === 1) {
				message(reader, reader.uint32(), (inner) => {
					if (inner === 1) resource.attributes.push(decodeAttribute(reader, reader.uint32()));
					return inner === 1;
				});
			} else if (number === 2) resource.scopes.push(decodeScope(reader, reader.uint32(), decodeRow));
			return number === 1 || number === 2;
		});
		return true;
	});
	return resources;
}

export function decodePlainLogs(body: Uint8Array): PlainResource<PlainLog>[] {
	return decodeRequest(body, decodeLog);
}

export function decodePlainSpans(body: Uint8Array): PlainResource<PlainSpan>[] {
	return decodeRequest(body, decodeSpan);
}
