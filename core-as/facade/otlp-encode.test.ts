import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { builtModules } from '../testing/modules.ts';
import { bytesOf, otlpBody, otlpDecoded } from '../testing/otlp-body.ts';
import { joined, Random } from '../testing/random.ts';
import { createCodec } from './codec.ts';
import { CoreError } from './errors.ts';
import type { LogColumns, SpanColumns } from './otlp-encode.ts';

const codec = createCodec(await builtModules());

/** Columns of texts as a caller makes them: every text once, refs as it asks for them. */
class TextColumn {
	readonly #parts: Uint8Array[] = [];
	#size = 0;

	ref(text: string): [number, number] {
		const bytes = new TextEncoder().encode(text);
		this.#parts.push(bytes);
		this.#size += bytes.length;
		return [this.#size - bytes.length, bytes.length];
	}

	bytes(): Uint8Array {
		return joined(...this.#parts);
	}
}

const text = fc.string({ unit: 'grapheme', maxLength: 200 });
const key = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const attributes = fc.dictionary(key, text, { maxKeys: 5 });
const time = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const id = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });

interface Log {
	time: bigint;
	observed: bigint;
	severity: number;
	severityText: string;
	body: string;
	ids: Uint8Array;
	attributes: Record<string, string>;
}

const log: fc.Arbitrary<Log> = fc.record({
	...{ time, observed: time, severity: fc.integer({ min: 0, max: 24 }), severityText: text, body: text },
	...{ ids: fc.oneof(id(24), fc.constant(new Uint8Array(24))), attributes },
});

function attributeColumns(column: TextColumn, all: readonly { attributes: Record<string, string> }[]) {
	const refs: number[] = [];
	const attributeEnds = Uint32Array.from(all, (each) => {
		for (const [key, value] of Object.entries(each.attributes))
			refs.push(...column.ref(key), ...column.ref(value));
		return refs.length / 4;
	});
	return { attributeRefs: Uint32Array.from(refs), attributeEnds };
}

function logColumns(logs: readonly Log[]): LogColumns {
	const column = new TextColumn();
	const texts = logs.flatMap((each) => [...column.ref(each.severityText), ...column.ref(each.body)]);
	const refs = attributeColumns(column, logs);
	return {
		times: BigUint64Array.from(logs.flatMap((each) => [each.time, each.observed])),
		severities: Uint8Array.from(logs, (each) => each.severity),
		text: column.bytes(),
		texts: Uint32Array.from(texts),
		ids: joined(...logs.map((each) => each.ids)),
		...refs,
	};
}

const pairs = (of: Record<string, string>) =>
	Object.entries(of).map(([key, value]) => ({ key, value: { stringValue: value } }));

/** The same as protobufjs writes it, which leaves out nothing that is there; fields in the order of their numbers. */
const isZero = (bytes: Uint8Array) => bytes.every((byte) => byte === 0);

function logMessage(each: Log) {
	const traceId = each.ids.subarray(0, 16);
	const spanId = each.ids.subarray(16);
	return {
		...(each.time !== 0n && { timeUnixNano: String(each.time) }),
		...(each.severity !== 0 && { severityNumber: each.severity }),
		...(each.severityText !== '' && { severityText: each.severityText }),
		...(each.body !== '' && { body: { stringValue: each.body } }),
		attributes: pairs(each.attributes),
		...(!isZero(traceId) && { traceId }),
		...(!isZero(spanId) && { spanId }),
		...(each.observed !== 0n && { observedTimeUnixNano: String(each.observed) }),
	};
}

describe('log records out of columns', () => {
	test('are byte for byte those of protobufjs, in a request too', () => {
		fc.assert(
			fc.property(fc.array(fc.array(log, { maxLength: 5 }), { maxLength: 4 }), (resources) => {
				const scope = { name: 'agent-é', version: '1.2' };
				const encoded = resources.map((logs) => codec.encodeLogRecords(logColumns(logs)));
				for (const [i, { records, ends }] of encoded.entries()) {
					expect(ends).toHaveLength(resources[i]!.length);
					expect(ends.at(-1) ?? 0).toBe(records.length);
				}
				const got = codec.encodeOtlpRequest(
					scope,
					encoded.map(({ records }, i) => ({ attributes: { n: String(i) }, records: [records] })),
				);
				const wanted = otlpBody('Logs', {
					resourceLogs: resources.flatMap((logs, i) =>
						logs.length === 0
							? []
							: {
									resource: { attributes: pairs({ n: String(i) }) },
									scopeLogs: [{ scope, logRecords: logs.map(logMessage) }],
								},
					),
				});
				expect(Buffer.from(got).toString('hex')).toBe(Buffer.from(wanted).toString('hex'));
			}),
			{ numRuns: 200 },
		);
	});
});

const span = fc.record({
	...{ start: time, end: time, kind: fc.integer({ min: 0, max: 5 }), status: fc.integer({ min: 0, max: 2 }) },
	...{ name: text, ids: id(32), attributes },
});

describe('spans out of columns', () => {
	test('are those of protobufjs', () => {
		fc.assert(
			fc.property(fc.array(span, { maxLength: 6 }), (spans) => {
				const column = new TextColumn();
				const names = spans.flatMap(({ name }) => column.ref(name));
				const refs = attributeColumns(column, spans);
				const columns: SpanColumns = {
					times: BigUint64Array.from(spans.flatMap(({ start, end }) => [start, end])),
					kinds: Uint8Array.from(spans, ({ kind }) => kind),
					statuses: Uint8Array.from(spans, ({ status }) => status),
					...{ text: column.bytes(), names: Uint32Array.from(names), ...refs },
					ids: joined(...spans.map(({ ids }) => ids)),
				};
				const { records } = codec.encodeSpans(columns);
				const part = (bytes: Uint8Array, name: string) => (isZero(bytes) ? {} : { [name]: bytes });
				const wanted = otlpBody('ScopeSpans', {
					spans: spans.map((each) => ({
						...part(each.ids.subarray(0, 16), 'traceId'),
						...part(each.ids.subarray(16, 24), 'spanId'),
						...part(each.ids.subarray(24), 'parentSpanId'),
						...(each.name !== '' && { name: each.name }),
						...(each.kind !== 0 && { kind: each.kind }),
						...(each.start !== 0n && { startTimeUnixNano: String(each.start) }),
						...(each.end !== 0n && { endTimeUnixNano: String(each.end) }),
						attributes: pairs(each.attributes),
						...(each.status !== 0 && { status: { code: each.status } }),
					})),
				});
				expect(Buffer.from(records).toString('hex')).toBe(Buffer.from(wanted).toString('hex'));
			}),
			{ numRuns: 200 },
		);
	});
});

describe('columns that do not fit', () => {
	const good = logColumns([
		{
			...{ time: 1n, observed: 2n, severity: 9, severityText: 'info', body: 'b' },
			...{ ids: new Uint8Array(24), attributes: { k: 'v' } },
		},
		{
			...{ time: 1n, observed: 2n, severity: 9, severityText: '', body: '' },
			...{ ids: new Uint8Array(24), attributes: {} },
		},
	]);
	const refused = (columns: Partial<LogColumns>) =>
		expect(() => codec.encodeLogRecords({ ...good, ...columns })).toThrow(
			expect.objectContaining({ code: 'CXR_CORE_OTLP_ENCODE_BAD_SHAPE' }),
		);

	test.each([
		['too few times', { times: good.times.subarray(1) }],
		['too few texts', { texts: good.texts.subarray(4) }],
		['too few ids', { ids: good.ids.subarray(1) }],
		['half an attribute', { attributeRefs: good.attributeRefs.subarray(0, 2) }],
		['ends that do not end', { attributeEnds: Uint32Array.of(0, 0) }],
		['ends that fall', { attributeEnds: Uint32Array.of(2, 1) }],
		['too few ends', { attributeEnds: Uint32Array.of(1) }],
		['a text behind the texts', { texts: Uint32Array.from([...good.texts.slice(0, 7), 100]) }],
		['a text that wraps', { attributeRefs: Uint32Array.of(0xffff_ffff, 1, 0, 0) }],
		['a long text that wraps', { attributeRefs: Uint32Array.of(1, 0xffff_ffff, 0, 0) }],
	] as const)('%s', (_, columns) => refused(columns));

	test('wrong arrays are a bug of the caller', () => {
		expect(() => codec.encodeLogRecords({ ...good, times: [] as unknown as BigUint64Array })).toThrow(
			/BUG: times/,
		);
		expect(() =>
			codec.encodeLogRecords({ ...good, ids: new Uint32Array(48) as unknown as Uint8Array }),
		).toThrow(/BUG: ids/);
	});

	test('what would be too large is refused before it is made', () => {
		// A text of 1 MiB as the value of 200 attributes.
		const columns = {
			...good,
			text: new Uint8Array(1 << 20),
			texts: new Uint32Array(8),
			attributeRefs: Uint32Array.from({ length: 800 }, (_, i) => [0, 1, 0, 1 << 20][i % 4]!),
			attributeEnds: Uint32Array.of(200, 200),
		};
		expect(() => codec.encodeLogRecords(columns)).toThrow(
			expect.objectContaining({ code: 'CXR_CORE_OTLP_ENCODE_TOO_LARGE' }),
		);
	});

	test('random columns: an error or what protobufjs reads, never a trap', () => {
		const random = new Random(11);
		let refusals = 0;
		for (let i = 0; i < 4_000; i++) {
			const count = random.below(4);
			const numbers = (size: number, below: number) =>
				Uint32Array.from({ length: Math.max(0, size + (random.below(12) === 0 ? 1 : 0)) }, () =>
					random.below(40) === 0 ? random.u32() : random.below(below),
				);
			const ends = numbers(count, 3).sort();
			try {
				const { records, ends: got } = codec.encodeLogRecords({
					times: BigUint64Array.from({ length: count * 2 }, () => BigInt(random.u32())),
					severities: random.bytes(count),
					text: new TextEncoder().encode('abcdefghijklmnop'),
					texts: numbers(count * 4, 8),
					ids: random.bytes(count * 24),
					attributeRefs: numbers((ends.at(-1) ?? 0) < 1000 ? (ends.at(-1) ?? 0) * 4 : 4, 8),
					attributeEnds: ends,
				});
				const { logRecords } = otlpDecoded<{ logRecords: unknown[] }>('ScopeLogs', records);
				expect([logRecords.length, got.length]).toEqual([count, count]);
			} catch (error) {
				if (!(error instanceof CoreError)) throw error;
				expect(error.code).toBe('CXR_CORE_OTLP_ENCODE_BAD_SHAPE');
				refusals++;
			}
		}
		expect(refusals).toBeGreaterThan(200);
		expect(refusals).toBeLessThan(3_500);
		expect(codec.traps).toBe(0);
	});
});

test('a request has golden bytes', () => {
	const got = codec.encodeOtlpRequest({ name: 's', version: '' }, [
		{ attributes: { none: 'x' }, records: [] },
		{ attributes: { k: 'v' }, records: [bytesOf('1200'), bytesOf('12020800')] },
	]);
	expect(Buffer.from(got).toString('hex')).toBe(
		// One resource: k = v; the scope with an empty version; two records.
		'0a1b0a0a0a080a016b12030a0176' + '120d0a050a01731200' + '120012020800',
	);
});
