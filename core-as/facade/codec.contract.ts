import assert from 'node:assert/strict';
import { builtModules } from '../testing/modules.ts';
import { type Codec, createCodec } from './codec.ts';
import { CoreError } from './errors.ts';

let made: Promise<Codec> | undefined;

function codec(): Promise<Codec> {
	made ??= builtModules().then(createCodec);
	return made;
}

function hex(text: string): Uint8Array {
	return Uint8Array.from(text.match(/[0-9a-f]{2}/g) ?? [], (byte) => Number.parseInt(byte, 16));
}

function ascii(text: string): Uint8Array {
	return new TextEncoder().encode(text);
}

function refused(code: string, offset?: number) {
	return (error: unknown) => {
		assert.ok(error instanceof CoreError, String(error));
		assert.equal(error.code, code);
		if (offset !== undefined) assert.equal(error.offset, offset);
		return true;
	};
}

/** `up{job="a"} 1.5 @ 1000`, labels in the wrong order. */
const ONE_SERIES = hex(
	'0a 28 0a 08 0a 03 6a 6f 62 12 01 61 0a 0e 0a 08 5f 5f 6e 61 6d 65 5f 5f 12 02 75 70 12 0c 09 00 00 00 00 00 00 f8 3f 10 e8 07',
);

/** The same in 2.0: the symbols "", `__name__`, up, job, a. */
const ONE_SERIES_2 = hex(
	'22 00 22 08 5f 5f 6e 61 6d 65 5f 5f 22 02 75 70 22 03 6a 6f 62 22 01 61 2a 14 0a 04 01 02 03 04 12 0c 09 00 00 00 00 00 00 f8 3f 10 e8 07',
);

/** What holds on every host. */
export const cases: Record<string, () => void | Promise<void>> = {
	async 'snappy: golden bytes'() {
		const { snappyCompress } = await codec();
		assert.deepEqual(snappyCompress(new Uint8Array(0)), hex('00'));
		assert.deepEqual(snappyCompress(ascii('a')), hex('01 00 61'));
		// 40 times 'ab': a literal, then one copy at distance 2.
		assert.deepEqual(snappyCompress(ascii('ab'.repeat(20))), hex('28 04 61 62 96 02 00'));
	},
	async 'snappy: what was compressed comes back'() {
		const { snappyCompress, snappyUncompress } = await codec();
		for (const size of [0, 1, 14, 15, 16, 17, 60, 61, 65535, 65536, 65537, 200_000]) {
			const input = Uint8Array.from({ length: size }, (_, i) => (i * i) >> (i & 15));
			assert.deepEqual(snappyUncompress(snappyCompress(input), size), input);
		}
	},
	async 'snappy: every kind of element is read'() {
		const { snappyUncompress } = await codec();
		const text = (block: string) => new TextDecoder().decode(snappyUncompress(hex(block), 1000));
		assert.equal(text('07 08 61 62 63 01 03'), 'abcabca');
		assert.equal(text('06 08 61 62 63 0a 03 00'), 'abcabc');
		assert.equal(text('06 08 61 62 63 0b 03 00 00 00'), 'abcabc');
		assert.equal(text('03 f0 02 61 62 63'), 'abc');
		assert.equal(text('03 fc 02 00 00 00 61 62 63'), 'abc');
	},
	async 'snappy: bad blocks are refused by reason'() {
		const { snappyUncompress } = await codec();
		const attempt = (block: string) => () => snappyUncompress(hex(block), 1000);
		assert.throws(attempt(''), refused('CXR_CORE_SNAPPY_CUT'));
		assert.throws(attempt('80'), refused('CXR_CORE_SNAPPY_CUT'));
		assert.throws(attempt('03 08 61 62'), refused('CXR_CORE_SNAPPY_CUT'));
		assert.throws(attempt('09 08 61 62 63 16 04'), refused('CXR_CORE_SNAPPY_CUT'));
		assert.throws(attempt('06 08 61 62 63 0a 04 00'), refused('CXR_CORE_SNAPPY_BAD_COPY'));
		assert.throws(attempt('06 08 61 62 63 0a 00 00'), refused('CXR_CORE_SNAPPY_BAD_COPY'));
		assert.throws(attempt('06 08 61 62 63 0b ff ff ff ff'), refused('CXR_CORE_SNAPPY_BAD_COPY'));
		assert.throws(attempt('05 08 61 62 63 0a 03 00'), refused('CXR_CORE_SNAPPY_BAD_LENGTH'));
		assert.throws(attempt('04 08 61 62 63'), refused('CXR_CORE_SNAPPY_BAD_LENGTH'));
		assert.throws(attempt('e9 07 00 61'), refused('CXR_CORE_SNAPPY_TOO_LARGE'));
		assert.throws(attempt('ff ff ff ff ff 0f 00'), refused('CXR_CORE_SNAPPY_TOO_LARGE'));
		assert.throws(attempt('01 fc ff ff ff ff 61'), refused('CXR_CORE_SNAPPY_CUT'));
	},
	async 'snappy: a large claim in a small block allocates nothing'() {
		const { snappyUncompress } = await codec();
		const block = hex('80 80 80 38 00 61');
		assert.throws(() => snappyUncompress(block, 2 ** 31), refused('CXR_CORE_SNAPPY_BAD_LENGTH'));
	},
	async 'remote write: one series, golden'() {
		const columns = (await codec()).decodeRemoteWrite(ONE_SERIES);
		assert.deepEqual(columns.faults, new Uint8Array([0]));
		assert.deepEqual(columns.labelEnds, new Uint32Array([2]));
		assert.deepEqual(columns.sampleEnds, new Uint32Array([1]));
		assert.deepEqual(columns.timestamps, new Float64Array([1000]));
		assert.deepEqual(columns.values, new Float64Array([1.5]));
		const texts = Array.from({ length: 4 }, (_, i) => {
			const [at, size] = columns.labelRefs.subarray(2 * i, 2 * i + 2) as unknown as [number, number];
			return new TextDecoder().decode(ONE_SERIES.subarray(at, at + size));
		});
		assert.deepEqual(texts, ['__name__', 'up', 'job', 'a']);
		assert.deepEqual(columns.hashes, new BigUint64Array([fnv('__name__\xffup\xffjob\xffa\xff')]));
	},
	async 'remote write 2.0: one series, golden, both ways'() {
		const { decodeRemoteWrite, decodeRemoteWrite2, encodeRemoteWrite, encodeRemoteWrite2 } = await codec();
		const first = decodeRemoteWrite(ONE_SERIES);
		const second = decodeRemoteWrite2(ONE_SERIES_2);
		assert.deepEqual(second.faults, new Uint8Array([0]));
		assert.deepEqual(second.hashes, first.hashes);
		assert.deepEqual(second.timestamps, first.timestamps);
		assert.deepEqual(second.values, first.values);
		assert.deepEqual(encodeRemoteWrite2(first, ONE_SERIES), ONE_SERIES_2);
		assert.deepEqual(encodeRemoteWrite2(second, ONE_SERIES_2), ONE_SERIES_2);
		// The encoder writes the labels in their order, which the decoder has made.
		const sorted = encodeRemoteWrite(first, ONE_SERIES);
		assert.deepEqual(encodeRemoteWrite(second, ONE_SERIES_2), sorted);
		assert.deepEqual(encodeRemoteWrite(decodeRemoteWrite(sorted), sorted), sorted);
	},
	async 'remote write: a native histogram, golden, both ways'() {
		const { decodeRemoteWrite, encodeRemoteWrite } = await codec();
		// h{}: count 5, sum 1.5, schema 1, zero threshold 0.5, zero count 1, buckets 1 and 3 from index 2 on, at 1000.
		const body = hex(
			'0a 36 0a 0d 0a 08 5f 5f 6e 61 6d 65 5f 5f 12 01 68 22 25 08 05 19 00 00 00 00 00 00 f8 3f 20 02' +
				'29 00 00 00 00 00 00 e0 3f 30 01 5a 04 08 04 10 02 62 02 02 04 78 e8 07',
		);
		const columns = decodeRemoteWrite(body);
		assert.deepEqual(columns.faults, new Uint8Array([0]));
		assert.deepEqual(columns.histograms?.bucketCounts, new Float64Array([1, 3]));
		assert.deepEqual(columns.histograms?.spanOffsets, new Int32Array([2]));
		assert.deepEqual(columns.histograms?.schemas, new Int8Array([1]));
		assert.deepEqual(encodeRemoteWrite(columns, body), body);
	},
	async 'remote write: a body cut at any byte is refused or shorter, never misread'() {
		const { decodeRemoteWrite } = await codec();
		for (let size = 1; size < ONE_SERIES.length; size++) {
			assert.throws(
				() => decodeRemoteWrite(ONE_SERIES.subarray(0, size)),
				refused('CXR_CORE_REMOTE_WRITE_CUT'),
			);
		}
		assert.equal(decodeRemoteWrite(new Uint8Array(0)).hashes.length, 0);
	},
	async 'remote write: lengths that wrap a 32-bit pointer are refused'() {
		const { decodeRemoteWrite } = await codec();
		const attempt = (body: string) => () => decodeRemoteWrite(hex(body));
		assert.throws(attempt('0a f0 ff ff ff 0f 0a 00'), refused('CXR_CORE_REMOTE_WRITE_CUT', 1));
		assert.throws(attempt('0a 08 0a 06 0a f0 ff ff ff 0f'), refused('CXR_CORE_REMOTE_WRITE_CUT', 5));
		assert.throws(attempt('0a ff ff ff ff ff ff ff ff ff 01'), refused('CXR_CORE_REMOTE_WRITE_CUT', 1));
		assert.throws(
			attempt('0a ff ff ff ff ff ff ff ff ff 02'),
			refused('CXR_CORE_REMOTE_WRITE_BAD_VARINT', 1),
		);
		assert.throws(
			attempt('ff ff ff ff ff ff ff ff ff 01'),
			refused('CXR_CORE_REMOTE_WRITE_BAD_WIRE_TYPE', 0),
		);
	},
	async 'remote write: wrong wire types are refused, unknown fields are skipped'() {
		const { decodeRemoteWrite } = await codec();
		const attempt = (body: string) => () => decodeRemoteWrite(hex(body));
		assert.throws(attempt('08 01'), refused('CXR_CORE_REMOTE_WRITE_BAD_WIRE_TYPE', 0));
		assert.throws(attempt('0b 0c'), refused('CXR_CORE_REMOTE_WRITE_BAD_WIRE_TYPE', 0));
		assert.throws(attempt('0a 02 08 01'), refused('CXR_CORE_REMOTE_WRITE_BAD_WIRE_TYPE', 2));
		assert.throws(attempt('0a 04 12 02 08 01'), refused('CXR_CORE_REMOTE_WRITE_BAD_WIRE_TYPE', 4));
		const columns = decodeRemoteWrite(
			hex('a0 06 05 1a 00 a9 06 0102030405060708 aa 06 01 00 ad 06 01020304'),
		);
		assert.deepEqual(columns.metadata?.types, new Uint8Array([0]));
		assert.equal(columns.hashes.length, 0);
	},
	async 'remote write: what breaks the specification is marked by series'() {
		const { decodeRemoteWrite } = await codec();
		const sample = '12 0b 09 0000000000000000 10 01';
		const name = '0a 0d 0a 08 5f5f6e616d655f5f 12 01 75';
		const faultOf = (...fields: string[]) => {
			const body = hex(fields.join(' '));
			const columns = decodeRemoteWrite(new Uint8Array([0x0a, body.length, ...body]));
			assert.equal(columns.faults.length, 1);
			return columns.faults[0];
		};
		assert.equal(faultOf(name, sample), 0);
		assert.equal(faultOf(sample), 1, 'no-name');
		assert.equal(faultOf('0a 06 0a 01 61 12 01 62', sample), 1, 'no-name');
		assert.equal(faultOf('0a 0d 0a 08 5f5f6e616d655f5f 12 01 0a', sample), 2, 'bad-name');
		assert.equal(faultOf(name, '0a 06 0a 01 61 12 01 62', '0a 06 0a 01 61 12 01 63', sample), 3, 'duplicate');
		assert.equal(faultOf('0a 06 0a 01 61 12 01 62', name, '0a 06 0a 01 61 12 01 62', sample), 3, 'duplicate');
		assert.equal(faultOf(name, '0a 03 12 01 62', sample), 4, 'empty-label-name');
		assert.equal(faultOf(name, '0a 06 0a 01 61 12 01 ff', sample), 5, 'bad-utf8');
		assert.equal(faultOf(name, '12 0b 10 ff ff ff ff ff ff ff ff ff 01'), 6, 'bad-timestamp');
		assert.equal(faultOf(name), 7, 'no-samples');
		assert.equal(faultOf(name, '22 00'), 0, 'a histogram is a sample');
		assert.equal(faultOf(name, '0a 03 0a 01 61', sample), 0, 'an empty value is no label');
	},
	async 'OTLP requests: golden bytes'() {
		const { encodeOtlpRequest, encodeLogRecords } = await codec();
		const { records } = encodeLogRecords({
			times: new BigUint64Array([1n, 0n]),
			severities: new Uint8Array([9]),
			text: ascii('infohi'),
			texts: new Uint32Array([0, 4, 4, 2]),
			ids: new Uint8Array(24),
			attributeRefs: new Uint32Array([4, 1, 5, 1]),
			attributeEnds: new Uint32Array([1]),
		});
		const record =
			'12 21 09 0100000000000000 10 09 1a 04 696e666f 2a 04 0a 02 6869 32 08 0a 01 68 12 03 0a 01 69';
		assert.deepEqual(records, hex(record));
		const body = encodeOtlpRequest({ name: 's', version: '1' }, [
			{ attributes: { k: 'v' }, records: [records] },
			{ attributes: { none: 'x' }, records: [] },
		]);
		const head = '0a 39 0a 0a 0a 08 0a 01 6b 12 03 0a 01 76 12 2b 0a 06 0a 01 73 12 01 31';
		assert.deepEqual(body, hex(`${head} ${record}`));
	},
	async 'OTLP metrics: one point, golden'() {
		const { decodeMetrics } = await codec();
		// Sum `a.b` in `s`, monotonic, cumulative: 2 at 1 ms, with the attribute x.y = 1.
		const point = '19 40420f0000000000 31 0200000000000000 3a 0a 0a 03 782e79 12 03 0a 01 31';
		const body = hex(`0a 32 12 30 12 2e 0a 03 612e62 1a 01 73 3a 24 0a 1e ${point} 10 02 18 01`);
		const { columns, deltas, rejected } = decodeMetrics(body);
		assert.deepEqual(columns.values, new Float64Array([2]));
		assert.deepEqual(columns.timestamps, new Float64Array([1]));
		assert.deepEqual(columns.startTimestamps, new Float64Array(0));
		assert.deepEqual(deltas, new Uint8Array([0]));
		assert.equal(
			Object.values(rejected).reduce((sum, count) => sum + count),
			0,
		);
		assert.deepEqual(
			columns.hashes,
			new BigUint64Array([fnv('__name__\xffa_b_seconds_total\xffx_y\xff1\xff')]),
		);
	},
	async 'OTLP metrics: a body cut at any byte, and too large a one, is refused'() {
		const { decodeMetrics } = await codec();
		const body = hex('0a 0b 12 09 12 07 0a 01 6d 2a 02 0a 00');
		for (let size = 1; size < body.length; size++)
			assert.throws(() => decodeMetrics(body.subarray(0, size)), refused('CXR_CORE_OTLP_CUT'));
		assert.equal(decodeMetrics(body).rejected.badTimes, 1);
		assert.throws(() => decodeMetrics(new Uint8Array((64 << 20) + 1)), refused('CXR_CORE_OTLP_TOO_MANY', 0));
	},
};

function fnv(text: string): bigint {
	let hash = 0xcbf29ce484222325n;
	for (const character of text) {
		hash = ((hash ^ BigInt(character.charCodeAt(0))) * 0x100000001b3n) & 0xffffffffffffffffn;
	}
	return hash;
}
