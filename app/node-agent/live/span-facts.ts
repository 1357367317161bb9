/** What the live view wants to know of a span: what was asked, how long it took, whether it failed. */

import protobuf from 'protobufjs/minimal.js';
import type { SpanBatch } from '../../../core-as/facade/index.ts';
import { routeOf } from './route.ts';

export interface SpanFacts {
	/** Index into the batch's sources. */
	source: number;
	/** `http`, `postgresql`, `redis` ...; empty when the span does not say. */
	protocol: string;
	/** Method and route, or the statement. */
	detail: string;
	seconds: number;
	failed: boolean;
}

/** Fields of opentelemetry-proto trace/v1/trace.proto and common/v1/common.proto. */
const SPAN = { name: 5, start: 7, end: 8, attributes: 9, status: 15 };
const STATUS_CODE = 3;
const STATUS_ERROR = 2;
const KEY_VALUE = { key: 1, value: 2 };
const ANY_VALUE = { string: 1, int: 3 };

/** Conventions of today and those before. */
const METHOD = ['http.request.method', 'http.method'];
const HTTP_STATUS = ['http.response.status_code', 'http.status_code'];
const URL = ['http.url', 'url.full', 'url.path'];
const DATABASE = ['db.system.name', 'db.system'];
const STATEMENT = ['db.query.text', 'db.statement', 'db.operation.name', 'db.operation'];

/** @throws RangeError when the batch breaks its layout */
export function* spanFacts(batch: SpanBatch): Generator<SpanFacts> {
	for (let i = 0; i < batch.spans; i++) {
		const bytes = batch.data.subarray(i === 0 ? 0 : batch.ends[i - 1]!, batch.ends[i]!);
		const outer = protobuf.Reader.create(bytes);
		outer.uint32();
		yield factsOf(batch.sourceOf[i]!, outer.bytes());
	}
}

function factsOf(source: number, span: Uint8Array): SpanFacts {
	const view = new DataView(span.buffer, span.byteOffset, span.byteLength);
	const reader = protobuf.Reader.create(span);
	const attributes = new Map<string, string>();
	let name = '';
	let start = 0n;
	let end = 0n;
	let failed = false;
	while (reader.pos < reader.len) {
		const tag = reader.uint32();
		const field = tag >>> 3;
		if (field === SPAN.name) name = reader.string();
		else if (field === SPAN.start || field === SPAN.end) {
			const time = view.getBigUint64(reader.pos, true);
			reader.skip(8);
			if (field === SPAN.start) start = time;
			else end = time;
		} else if (field === SPAN.attributes) addAttribute(attributes, reader);
		else if (field === SPAN.status) failed = isError(reader);
		else reader.skipType(tag & 7);
	}
	const first = (keys: string[]) => keys.map((key) => attributes.get(key)).find((value) => value);
	const database = first(DATABASE);
	const seconds = Number(end - start) / 1e9;
	if (database) return { source, protocol: database, detail: first(STATEMENT) ?? name, seconds, failed };
	const method = first(METHOD);
	if (!method) return { source, protocol: '', detail: name, seconds, failed };
	// As everywhere in the product: a request that was wrong is no failure of who answered it.
	const status = first(HTTP_STATUS);
	return {
		...{ source, protocol: 'http', detail: `${method} ${routeOf(first(URL) ?? '')}`, seconds },
		failed: status === undefined ? failed : status.startsWith('5'),
	};
}

function addAttribute(attributes: Map<string, string>, reader: protobuf.Reader): void {
	const end = reader.uint32() + reader.pos;
	let key = '';
	let value = '';
	while (reader.pos < end) {
		const tag = reader.uint32();
		if (tag >>> 3 === KEY_VALUE.key) key = reader.string();
		else if (tag >>> 3 === KEY_VALUE.value) value = anyValue(reader);
		else reader.skipType(tag & 7);
	}
	attributes.set(key, value);
}

function anyValue(reader: protobuf.Reader): string {
	const end = reader.uint32() + reader.pos;
	let value = '';
	while (reader.pos < end) {
		const tag = reader.uint32();
		if (tag >>> 3 === ANY_VALUE.string) value = reader.string();
		else if (tag >>> 3 === ANY_VALUE.int) value = String(reader.int64());
		else reader.skipType(tag & 7);
	}
	return value;
}

function isError(reader: protobuf.Reader): boolean {
	const end = reader.uint32() + reader.pos;
	let code = 0;
	while (reader.pos < end) {
		const tag = reader.uint32();
		if (tag >>> 3 === STATUS_CODE) code = reader.int32();
		else reader.skipType(tag & 7);
	}
	return code === STATUS_ERROR;
}
