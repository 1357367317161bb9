import {
	decodePlainLogs,
	decodePlainSpans,
	type PlainAttribute,
	type PlainLog,
	type PlainResource,
	type PlainSpan,
	type PlainTime,
	type PlainValue,
} from './plain-otlp.ts';

// RowBinary of the tables `logs` and `traces` in JavaScript, as one would write it for speed: one growing Buffer, ids in
// hexadecimal, the columns of a resource and scope encoded once and copied. Bounds of times and ids are not checked.

class RowBuffer {
	bytes = Buffer.allocUnsafe(1 << 20);
	size = 0;

	room(more: number): void {
		if (this.size + more <= this.bytes.length) return;
		const grown = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.size + more));
		this.bytes.copy(grown, 0, 0, this.size);
		this.bytes = grown;
	}

	varUint(value: number): void {
		this.room(5);
		let rest = value;
		while (rest > 127) {
			this.bytes[this.size++] = (rest & 127) | 128;
			rest >>>= 7;
		}
		this.bytes[this.size++] = rest;
	}

	text(value: string): void {
		const length = Buffer.byteLength(value);
		this.varUint(length);
		this.room(length);
		this.size += this.bytes.write(value, this.size, 'utf8');
	}

	hex(id: Uint8Array): void {
		this.varUint(id.length * 2);
		this.room(id.length * 2);
		this.size += this.bytes.write(
			Buffer.from(id.buffer, id.byteOffset, id.length).toString('hex'),
			this.size,
			'latin1',
		);
	}

	u8(value: number): void {
		this.room(1);
		this.bytes[this.size++] = value;
	}

	u32(value: number): void {
		this.room(4);
		this.size = this.bytes.writeUInt32LE(value, this.size);
	}

	time({ low, high }: PlainTime): void {
		this.u32(low);
		this.u32(high);
	}

	copy(bytes: Uint8Array): void {
		this.room(bytes.length);
		this.bytes.set(bytes, this.size);
		this.size += bytes.length;
	}
}

const out = new RowBuffer();

function json({ value }: PlainValue): unknown {
	if (typeof value === 'bigint') return Number(value);
	if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
	if (!Array.isArray(value)) return value;
	if (value.length > 0 && 'key' in value[0]!)
		return Object.fromEntries((value as PlainAttribute[]).map((each) => [each.key, json(each.value)]));
	return (value as PlainValue[]).map(json);
}

function textOf(plain: PlainValue): string {
	const { value } = plain;
	if (typeof value === 'string') return value;
	if (value === null) return '';
	if (typeof value === 'object') {
		const made = json(plain);
		return typeof made === 'string' ? made : JSON.stringify(made);
	}
	return String(value);
}

function writeAttributes(attributes: readonly PlainAttribute[]): void {
	out.varUint(attributes.length);
	for (const { key, value } of attributes) {
		out.text(key);
		out.text(textOf(value));
	}
}

function encode<Row>(resources: PlainResource<Row>[], write: (row: Row) => void): Uint8Array {
	out.size = 0;
	for (const resource of resources) {
		const service = resource.attributes.findLast(({ key }) => key === 'service.name');
		for (const scope of resource.scopes) {
			const start = out.size;
			writeAttributes(resource.attributes);
			out.text(service ? textOf(service.value) : '');
			writeAttributes(scope.attributes);
			out.text(scope.name);
			out.text(scope.version);
			const prefix = Uint8Array.prototype.slice.call(out.bytes, start, out.size);
			out.size = start;
			for (const row of scope.rows) {
				out.copy(prefix);
				write(row);
			}
		}
	}
	return Uint8Array.prototype.slice.call(out.bytes, 0, out.size);
}

const isNone = ({ low, high }: PlainTime) => low === 0 && high === 0;

function writeLog(log: PlainLog): void {
	out.time(isNone(log.time) ? log.observed : log.time);
	out.time(log.observed);
	out.hex(log.traceId);
	out.hex(log.spanId);
	out.u32(log.flags);
	out.u8(log.severityNumber);
	out.text(log.severityText);
	out.text(log.eventName);
	out.text(textOf(log.body));
	writeAttributes(log.attributes);
}

function writeSpan(span: PlainSpan): void {
	out.time(span.start);
	// Below 2^53 ns: a hundred days.
	const nanos = (span.end.high - span.start.high) * 2 ** 32 + (span.end.low - span.start.low);
	out.u32(nanos >>> 0);
	out.u32(Math.floor(nanos / 2 ** 32));
	out.hex(span.traceId);
	out.hex(span.spanId);
	out.hex(span.parentSpanId);
	out.text(span.traceState);
	out.u32(span.flags);
	out.text(span.name);
	out.u8(span.kind);
	out.u8(span.statusCode);
	out.text(span.statusMessage);
	writeAttributes(span.attributes);
	out.varUint(span.events.length);
	for (const event of span.events) {
		out.time(event.time);
		out.text(event.name);
		writeAttributes(event.attributes);
	}
	out.varUint(span.links.length);
	for (const link of span.links) {
		out.hex(link.traceId);
		out.hex(link.spanId);
		out.text(link.traceState);
		writeAttributes(link.attributes);
	}
}

/** Body of an ExportLogsServiceRequest to RowBinary: protobufjs and this encoder. */
export function plainLogRows(body: Uint8Array): Uint8Array {
	return encode(decodePlainLogs(body), writeLog);
}

/** Body of an ExportTraceServiceRequest to RowBinary: protobufjs and this encoder. */
export function plainSpanRows(body: Uint8Array): Uint8Array {
	return encode(decodePlainSpans(body), writeSpan);
}
