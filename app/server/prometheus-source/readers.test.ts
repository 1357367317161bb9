import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCodec } from '../../../core-as/facade/index.ts';
import { builtModules } from '../../../core-as/testing/modules.ts';
import { isStaleMarker } from '../../telemetry/series.ts';
import { ServerError } from '../errors.ts';
import { ExportLines } from './export-lines.ts';
import { readRangeVectors } from './range-vectors.ts';
import { encodeReadRequest, queryResultOf } from './remote-read.ts';
import { SeriesBody } from './series-body.ts';

const codec = createCodec(await builtModules());
const utf8 = new TextEncoder();

/** Times and values of the first series; 'stale' for a stale marker. */
function samplesOf(body: SeriesBody): [number, number | 'stale'][] {
	const { timestamps, values } = codec.decodeRemoteWrite(body.encode(codec));
	return [...timestamps].map((time, i) => [time, isStaleMarker(values, i) ? 'stale' : values[i]!]);
}

function exported(text: string, pieces = 1): SeriesBody {
	const body = new SeriesBody();
	const lines = new ExportLines(body);
	const bytes = utf8.encode(text);
	for (let i = 0; i < pieces; i++)
		lines.push(
			bytes.subarray(Math.floor((i * bytes.length) / pieces), Math.floor(((i + 1) * bytes.length) / pieces)),
		);
	lines.end();
	return body;
}

/** Runs a reader over bytes: it works, or says in an error of the catalogue that it cannot. */
function worksOrSays(read: () => unknown): void {
	try {
		read();
	} catch (e) {
		if (!(e instanceof ServerError) || !e.code.startsWith('CXR_SOURCE_')) throw e;
	}
}

describe('lines of an export', () => {
	it('hold numbers, infinities of both spellings, and markers', () => {
		const text =
			'{"metric":{"__name__":"a","t":"x\\"values\\":[+Inf,"},"values":[1.5,+Inf,-Inf,null],"timestamps":[1,2,3,4]}\n' +
			'{"metric":{"__name__":"b"},"values":["Infinity","-Infinity"],"timestamps":[5,6]}\n';
		for (const pieces of [1, 7, text.length])
			expect(samplesOf(exported(text, pieces))).toEqual([
				[1, 1.5],
				[2, Number.POSITIVE_INFINITY],
				[3, Number.NEGATIVE_INFINITY],
				[4, 'stale'],
				[5, Number.POSITIVE_INFINITY],
				[6, Number.NEGATIVE_INFINITY],
			]);
	});

	it.each([
		'{"metric":{"__name__":"a"},"values":[1],"timestamps":[1,2]}',
		'{"metric":{"__name__":7},"values":[1],"timestamps":[1]}',
		'{"metric":{"__name__":"a"},"values":["x"],"timestamps":[1]}',
		'{"metric":{"__name__":"a"},"values":[1],"timestamps":[-1]}',
		'{"metric":{"__name__":"a"},"values":[1],"timest',
		'null',
	])('are refused with their number: %s', (line) => {
		expect(() => exported(`\n${line}\n`)).toThrow(/line 2/);
	});
});

describe('range vectors', () => {
	const read = (values: [number, string][], to: number) => {
		const body = new SeriesBody();
		readRangeVectors({ resultType: 'matrix', result: [{ metric: { __name__: 'a' }, values }] }, body, 0, to);
		return samplesOf(body);
	};

	it('get a stale marker in a gap over 2.5 scrape intervals, and at their end', () => {
		const values: [number, string][] = [0, 15, 30, 67.5, 82.5, 97.5, 136].map((t) => [t, '1']);
		// From 30 to 67.5 are 2.5 intervals, from 97.5 to 136 more.
		const stale = (to: number) =>
			read(values, to).flatMap(([time, value]) => (value === 'stale' ? [time] : []));
		expect(stale(173_500)).toEqual([112_500]);
		expect(stale(173_501)).toEqual([112_500, 151_000]);
	});

	it('hold numbers of all kinds, in milliseconds', () => {
		expect(
			read(
				[
					[1.001, '+Inf'],
					[2.0015, '-Inf'],
					[3, 'NaN'],
					[4, '1e-300'],
				],
				4_000,
			),
		).toEqual([
			[1_001, Number.POSITIVE_INFINITY],
			[2_002, Number.NEGATIVE_INFINITY],
			[3_000, Number.NaN],
			[4_000, 1e-300],
		]);
	});

	it.each([
		null,
		{ resultType: 'vector', result: [] },
		{ resultType: 'matrix', result: [{ metric: {}, values: [[1]] }] },
	])('are refused: %j', (data) => {
		expect(() => readRangeVectors(data, new SeriesBody(), 0, 10)).toThrow(/CXR|cannot be read/);
	});
});

describe('remote read', () => {
	it('asks for names by a regular expression, in the bytes of the specification', () => {
		const text = Buffer.from(encodeReadRequest({ names: ['a', 'b.c'] }, 1, 300)).toString('latin1');
		expect(text).toBe('\x0a\x1b\x08\x01\x10\xac\x02\x1a\x14\x08\x02\x12\x08__name__\x1a\x06a|b\\.c');
	});

	it('asks for a part of a name by more matchers', () => {
		const selection = {
			names: ['a'],
			matchers: [
				{ label: 'p', matches: true, prefixes: ['x', 'y'] },
				{ label: 'q', matches: false, prefixes: [''] },
			],
		};
		const text = Buffer.from(encodeReadRequest(selection, 1, 2)).toString('latin1');
		expect(text).toContain('\x08\x00\x12\x08__name__\x1a\x01a');
		expect(text).toContain('\x08\x02\x12\x01p\x1a\x09(?:x|y).*');
		expect(text).toContain('\x08\x03\x12\x01q\x1a\x02.+');
	});

	it.each([
		['a length beyond the end', [10, 200, 1, 0]],
		['a field that is none of its own', [16, 1]],
		['a cut number', [10, 128]],
		['a number over 64 bits', [10, ...Array(11).fill(255)]],
	])('refuses %s', (_name, bytes) => {
		expect(() => queryResultOf(Uint8Array.from(bytes as number[]))).toThrow(/byte/);
	});
});

it('no bytes at all make a reader fail otherwise than in words', () => {
	const pieces = fc.constantFrom(
		'{"metric":{"__name__":"a"},"values":[',
		'1',
		'+Inf',
		'null',
		',',
		']',
		'"timestamps":[',
		'}',
		'\n',
		'1e999',
	);
	fc.assert(
		fc.property(fc.array(pieces, { maxLength: 40 }), fc.integer({ min: 1, max: 9 }), (parts, n) =>
			worksOrSays(() => exported(parts.join(''), n)),
		),
		{ numRuns: 500 },
	);
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => worksOrSays(() => queryResultOf(bytes))),
		{ numRuns: 1_000 },
	);
	fc.assert(
		fc.property(fc.jsonValue(), fc.jsonValue(), (metric, values) =>
			worksOrSays(() =>
				readRangeVectors(
					{ resultType: 'matrix', result: [{ metric, values }, values] },
					new SeriesBody(),
					0,
					9,
				),
			),
		),
		{ numRuns: 500 },
	);
});
