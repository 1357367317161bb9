import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectedV1, expectedV2 } from '../testing/expected-model.ts';
import { describedFamilies, describedSeries } from '../testing/metric-arbitrary.ts';
import { columnsOf, type MetricModel, modelOf } from '../testing/metric-model.ts';
import { builtModules } from '../testing/modules.ts';
import { mutate, overwrite, Random } from '../testing/random.ts';
import { bodyV1, bodyV2, oracleV1, oracleV2 } from '../testing/write-request.ts';
import { type Codec, createCodec } from './codec.ts';
import { CoreError } from './errors.ts';
import type { MetricColumns } from './metric-columns.ts';

const RUNS = process.env.CODEXRAY_TEST_FULL ? 2000 : 200;
const MUTANTS = process.env.CODEXRAY_TEST_FULL ? 500_000 : 20_000;

/** Bytes of the first tag and length: a refusal behind them looked into the message. */
const HEAD = 3;

let codec: Codec;

beforeAll(async () => {
	codec = createCodec(await builtModules());
});

interface Version {
	name: string;
	models: fc.Arbitrary<MetricModel>;
	body: (model: MetricModel) => Uint8Array;
	expected: (body: Uint8Array) => MetricModel;
	decode: (body: Uint8Array) => MetricColumns;
	encode: (columns: MetricColumns, body: Uint8Array) => Uint8Array;
}

const VERSIONS: Version[] = [
	{
		name: '1.0',
		models: describedFamilies,
		body: bodyV1,
		expected: (body) => expectedV1(oracleV1(body)),
		decode: (body) => codec.decodeRemoteWrite(body),
		encode: (columns, body) => codec.encodeRemoteWrite(columns, body),
	},
	{
		name: '2.0',
		models: describedSeries,
		body: (model) => bodyV2(model),
		expected: (body) => expectedV2(oracleV2(body)),
		decode: (body) => codec.decodeRemoteWrite2(body),
		encode: (columns, body) => codec.encodeRemoteWrite2(columns, body),
	},
];

describe.each(VERSIONS)(
	'remote write $name',
	{ timeout: 300_000 },
	({ models, body: bodyOf, expected, decode, encode }) => {
		test('a body of protobufjs is decoded to what it was made from', () => {
			fc.assert(
				fc.property(models, (model) => {
					const body = bodyOf(model);
					expect(modelOf(decode(body), body)).toEqual(model);
					expect(expected(body)).toEqual(model);
				}),
				{ numRuns: RUNS },
			);
		});

		test('what is encoded is what protobufjs and the decoder read', () => {
			fc.assert(
				fc.property(models, (model) => {
					const { columns, body } = columnsOf(model);
					const encoded = encode(columns, body);
					const said = described(model);
					expect(encode(columns, body)).toEqual(encoded);
					expect(expected(encoded)).toEqual(said);
					const decoded = decode(encoded);
					expect(modelOf(decoded, encoded)).toEqual(said);
					expect(encode(decoded, encoded)).toEqual(encoded);
				}),
				{ numRuns: RUNS },
			);
		});

		test(`${MUTANTS} damaged bodies: what is accepted says what protobufjs says`, {
			timeout: 3_600_000,
		}, () => {
			const random = new Random(4);
			const bodies = fc
				.sample(models, { seed: 5, numRuns: 100 })
				.map(bodyOf)
				.filter((it) => it.length > 60 && it.length < 2000);
			let accepted = 0;
			let deep = 0;
			let faulty = 0;
			let compared = 0;
			for (let i = 0; i < MUTANTS; i++) {
				const body = (i % 2 === 0 ? mutate : overwrite)(bodies[(i >> 1) % bodies.length]!, random);
				const columns = attempt(() => decode(body), body);
				if (!(columns instanceof CoreError)) accepted++;
				else {
					if (columns.offset! > HEAD) deep++;
					continue;
				}
				const model = modelOf(columns, body);
				if (model.series.some((it) => it.fault !== 0)) faulty++;
				const wanted = oracle(() => expected(body));
				if (wanted === undefined) continue;
				expect(comparable(model)).toEqual(comparable(wanted));
				compared++;
			}
			expect(accepted + deep).toBeGreaterThan(MUTANTS / 2);
			expect(accepted).toBeGreaterThan(MUTANTS / 10);
			expect(faulty).toBeGreaterThan(MUTANTS / 100);
			expect(compared).toBeGreaterThan(accepted * 0.9);
			expect(codec.traps).toBe(0);
		});
	},
);

/** Descriptions of which none says anything are not written. */
function described({ series, families }: MetricModel): MetricModel {
	const says = series.some(({ metadata: it }) => it && (it.type !== 0 || it.help !== '' || it.unit !== ''));
	return { series: says ? series : series.map(({ metadata: _, ...it }) => it), families };
}

function attempt(work: () => MetricColumns, body: Uint8Array): MetricColumns | CoreError {
	try {
		return work();
	} catch (error) {
		if (!(error instanceof CoreError)) throw error;
		expect(error.code).toMatch(/^CXR_CORE_REMOTE_WRITE_/);
		expect(error.offset).toBeLessThanOrEqual(body.length);
		return error;
	}
}

function oracle(work: () => MetricModel): MetricModel | undefined {
	try {
		return work();
	} catch (error) {
		if (error instanceof RangeError || (error instanceof Error && /wire type|tag|depth/.test(error.message)))
			return undefined;
		throw error;
	}
}

/** Equal names of 1.0 may stand in any order. */
function comparable({ series, families }: MetricModel): MetricModel {
	const sorted = series.map((it) => ({
		...it,
		labels: [...it.labels].sort((a, b) => (String(a) < String(b) ? -1 : 1)),
	}));
	return { series: sorted, families };
}
