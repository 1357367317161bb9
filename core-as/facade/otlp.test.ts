import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COLUMNS, type OtlpSignal } from '../../app/server/clickhouse/schema.ts';
import { builtModules } from '../testing/modules.ts';
import { anyValue, attribute, bytesOf, otlpBody } from '../testing/otlp-body.ts';
import { mutate, Random } from '../testing/random.ts';
import { readRowBinary } from '../testing/row-binary.ts';
import { createCodec } from './codec.ts';
import { CoreError } from './errors.ts';

const codec = createCodec(await builtModules());
const NOW = 1_800_000_000_000_000_000n;
const TIMES = { now: NOW, oldest: NOW - 1_000_000n, newest: NOW + 1_000_000n };
const MUTANTS = 20_000;

const decode = (signal: OtlpSignal, body: Uint8Array) =>
	signal === 'logs' ? codec.decodeLogs(body, TIMES) : codec.decodeSpans(body, TIMES);

const attributes = fc.dictionary(
	fc.string({ unit: 'grapheme', maxLength: 12 }),
	fc.string({ unit: 'grapheme' }),
);
const record = fc.record({
	offset: fc.bigInt({ min: -1_000_000n, max: 1_000_000n }),
	severity: fc.integer({ min: 0, max: 24 }),
	text: fc.string({ unit: 'grapheme', maxLength: 300 }),
	attributes,
});
const resource = fc.record({
	attributes,
	scopes: fc.array(fc.record({ name: fc.string(), records: fc.array(record, { maxLength: 4 }) }), {
		maxLength: 3,
	}),
});

describe('OTLP logs', () => {
	test('come out as they went in', () => {
		fc.assert(
			fc.property(fc.array(resource, { maxLength: 4 }), (resources) => {
				const pairs = (of: Record<string, string>) => Object.entries(of).map(([k, v]) => attribute(k, v));
				const body = otlpBody('Logs', {
					resourceLogs: resources.map((each) => ({
						resource: { attributes: pairs(each.attributes) },
						scopeLogs: each.scopes.map((scope) => ({
							scope: { name: scope.name },
							logRecords: scope.records.map((log) => ({
								timeUnixNano: String(NOW + log.offset),
								severityNumber: log.severity,
								body: { stringValue: log.text },
								attributes: pairs(log.attributes),
							})),
						})),
					})),
				});
				const rows = readRowBinary(decode('logs', body).block, COLUMNS.logs);
				const wanted = resources.flatMap((each) =>
					each.scopes.flatMap((scope) =>
						scope.records.map((log) => [
							Object.entries(each.attributes),
							scope.name,
							NOW + log.offset,
							log.severity,
							log.text,
							Object.entries(log.attributes),
						]),
					),
				);
				expect(
					rows.map((row) => [
						row.resource_attributes,
						row.scope_name,
						row.timestamp,
						row.severity_number,
						row.body,
						row.attributes,
					]),
				).toEqual(wanted);
			}),
			{ numRuns: 300 },
		);
	});

	test('have golden bytes', () => {
		const body = otlpBody('Logs', {
			resourceLogs: [
				{ scopeLogs: [{ logRecords: [{ timeUnixNano: String(NOW), body: { stringValue: 'hi' } }] }] },
			],
		});
		const { block } = decode('logs', body);
		// No attributes and names; twice NOW; no ids and flags, severity, texts; 'hi'; no attributes.
		const time = '0000b49376e2fa18';
		expect(Buffer.from(block).toString('hex')).toBe(
			`${'00'.repeat(5)}${time}${time}${'00'.repeat(9)}02686900`,
		);
	});
});

describe('mutants of good bodies', () => {
	const id = bytesOf('0123456789abcdef0123456789abcdef');
	const values = ['x', true, 5n, 0.25, new Uint8Array([1, 2, 3]), [1n, ['a', { b: 'c' }]], { d: [null] }];
	const many = values.map((value, i) => attribute(`k${i}`, value));
	const head = { resource: { attributes: [attribute('service.name', 'fuzz'), ...many] } };
	const scope = { name: 's', version: '1', attributes: many };
	const bodies: Record<OtlpSignal, Uint8Array> = {
		logs: otlpBody('Logs', {
			resourceLogs: [
				{
					...head,
					scopeLogs: [
						{
							scope,
							logRecords: values.map((value) => ({
								timeUnixNano: String(NOW),
								body: anyValue(value),
								attributes: many,
								traceId: id,
								flags: 1,
							})),
						},
					],
				},
			],
		}),
		traces: otlpBody('Traces', {
			resourceSpans: [
				{
					...head,
					scopeSpans: [
						{
							scope,
							spans: [1, 2, 3].map((n) => ({
								traceId: id,
								spanId: bytesOf(`00000000000000a${n}`),
								startTimeUnixNano: String(NOW),
								endTimeUnixNano: String(NOW + 9n),
								name: 'n',
								status: { code: 1, message: 'm' },
								attributes: many,
								events: [{ name: 'e', attributes: many }, {}],
								links: [{ traceId: id, attributes: many }, {}],
							})),
						},
					],
				},
			],
		}),
	};

	test.each(['logs', 'traces'] as const)('%s: an error in words or whole rows, never a trap', (signal) => {
		const random = new Random(signal.length);
		const before = codec.traps;
		let refused = 0;
		for (let i = 0; i < MUTANTS / 2; i++) {
			const mutant = mutate(bodies[signal], random);
			try {
				const { block, count } = decode(signal, mutant);
				expect(readRowBinary(block, COLUMNS[signal])).toHaveLength(count);
			} catch (error) {
				if (!(error instanceof CoreError)) throw error;
				expect(error.code).toMatch(/^CXR_CORE_OTLP_/);
				expect(error.offset).toBeLessThanOrEqual(mutant.length);
				refused++;
			}
		}
		expect(codec.traps).toBe(before);
		expect(refused).toBeGreaterThan(MUTANTS / 20);
		expect(refused).toBeLessThan(MUTANTS / 2);
	});
});
