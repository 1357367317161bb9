/**
 * Remote read, with samples as the answer. A QueryResult has the same bytes as a prometheus.WriteRequest: series in
 * field 1, with labels and samples in the same fields. So what comes is decoded by the decoder of remote write, in the
 * core. Streamed XOR chunks would be a third of the bytes and would need a decoder of their own.
 * Source: prometheus/prompb/remote.proto
 */

import { prefixesExpression, type Selection, textsExpression } from './selection.ts';
import { malformed } from './source-calls.ts';

const LENGTH_DELIMITED = 2;
const MATCH_EQUAL = 0;
const MATCH_REGEXP = 2;
const MATCH_NO_REGEXP = 3;

/** A ReadRequest with one query: these series, from `from` to `to` (ms, both included). */
export function encodeReadRequest(selection: Selection, from: number, to: number): Uint8Array {
	const { names, matchers = [] } = selection;
	const query = new Message();
	query.number(1, from);
	query.number(2, to);
	query.bytes(
		3,
		names.length === 1
			? matcher(MATCH_EQUAL, '__name__', names[0]!)
			: matcher(MATCH_REGEXP, '__name__', textsExpression(names)),
	);
	for (const { label, matches, prefixes } of matchers)
		query.bytes(3, matcher(matches ? MATCH_REGEXP : MATCH_NO_REGEXP, label, prefixesExpression(prefixes)));
	const request = new Message();
	request.bytes(1, query.done());
	return request.done();
}

function matcher(type: number, label: string, value: string): Uint8Array {
	const utf8 = new TextEncoder();
	const message = new Message();
	message.number(1, type);
	message.bytes(2, utf8.encode(label));
	message.bytes(3, utf8.encode(value));
	return message.done();
}

class Message {
	readonly #bytes: number[] = [];

	number(field: number, value: number): void {
		this.#varint(field * 8);
		this.#varint(value);
	}

	bytes(field: number, value: Uint8Array): void {
		this.#varint(field * 8 + LENGTH_DELIMITED);
		this.#varint(value.length);
		for (const byte of value) this.#bytes.push(byte);
	}

	#varint(value: number): void {
		let rest = value;
		while (rest > 127) {
			this.#bytes.push((rest % 128) + 128);
			rest = Math.floor(rest / 128);
		}
		this.#bytes.push(rest);
	}

	done(): Uint8Array {
		return Uint8Array.from(this.#bytes);
	}
}

/** The QueryResult of a ReadResponse, to be read as a prometheus.WriteRequest. Throws CXR_SOURCE_MALFORMED. */
export function queryResultOf(response: Uint8Array): Uint8Array {
	const results: Uint8Array[] = [];
	let at = 0;
	const varint = (): number => {
		let value = 0;
		for (let shift = 0; shift < 10; shift++) {
			const byte = response[at++];
			if (byte === undefined) throw malformed('/api/v1/read', `the answer is cut at byte ${at - 1}`);
			value += (byte & 127) * 2 ** (7 * shift);
			if (byte < 128) return value;
		}
		throw malformed('/api/v1/read', `a number over 64 bits at byte ${at - 10}`);
	};
	while (at < response.length) {
		const start = at;
		const key = varint();
		if (key !== 8 + LENGTH_DELIMITED)
			throw malformed('/api/v1/read', `field ${Math.floor(key / 8)} of type ${key % 8} at byte ${start}`);
		const length = varint();
		if (length > response.length - at)
			throw malformed('/api/v1/read', `${length} bytes at byte ${at} of ${response.length}`);
		results.push(response.subarray(at, at + length));
		at += length;
	}
	if (results.length === 1) return results[0]!;
	// Messages one after the other are one message.
	const out = new Uint8Array(results.reduce((sum, each) => sum + each.length, 0));
	let end = 0;
	for (const each of results) {
		out.set(each, end);
		end += each.length;
	}
	return out;
}
