import { createServer, request, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../app/clock.ts';
import { MemorySegmentFiles } from '../../app/delivery/memory-segment-files.ts';
import { RECORD_KIND } from '../../app/delivery/record.ts';
import { Spool } from '../../app/delivery/spool.ts';
import { silentLogger } from '../../app/logging/logger.ts';
import { decodeMetricBlock } from '../../app/server/ingest/metric-block.ts';
import { MetricSource, type MetricSourceSettings } from '../../app/server/prometheus-source/metric-source.ts';
import { SeriesBody, STALE } from '../../app/server/prometheus-source/series-body.ts';
import { MemorySettings } from '../../app/server/testing/memory-settings.ts';
import { createCodec } from '../../core-as/facade/index.ts';
import { builtModules } from '../../core-as/testing/modules.ts';
import { nodeSourceHttp } from '../../hosts/node/source-http.ts';
import { BUILD_TIMEOUT_MS, SERVER_BUILDS } from '../databases/go-servers.ts';
import { MetricServer } from '../databases/metric-sources.ts';
import { until } from '../product/waiting.ts';

const codec = createCodec(await builtModules());
const STEP = 15_000;
const HOUR = 3_600_000;
const NOW = Math.floor(Date.now() / STEP) * STEP;
const STALE_BITS = '7ff0000000000002';

/** Samples by series and time; values as the hexadecimal digits of their bits. */
type Samples = Map<string, Map<number, string>>;

function bitsOf(value: number | typeof STALE): string {
	if (value === STALE) return STALE_BITS;
	const view = new DataView(new ArrayBuffer(8));
	view.setFloat64(0, value);
	return view.getBigUint64(0).toString(16).padStart(16, '0');
}

function keyOf(labels: Record<string, string>): string {
	return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What a source is to hold: made series, and bodies of remote write that bring them there. */
class Made {
	readonly samples: Samples = new Map();
	private readonly series: { labels: Record<string, string>; values: [number, number | typeof STALE][] }[] =
		[];

	add(labels: Record<string, string>, values: [number, number | typeof STALE][]): void {
		this.series.push({ labels, values });
		this.samples.set(keyOf(labels), new Map(values.map(([time, value]) => [time, bitsOf(value)])));
	}

	/** Bodies of at most ten series each. */
	*bodies(): Generator<Uint8Array> {
		for (let i = 0; i < this.series.length; i += 10) {
			const body = new SeriesBody();
			for (const { labels, values } of this.series.slice(i, i + 10)) {
				for (const [time, value] of values) body.sample(time, value);
				body.close(labels);
			}
			yield codec.snappyCompress(body.encode(codec));
		}
	}
}

/** Three hours of 40 names: numbers of all kinds, series that end in a stale marker, one that pauses. */
function estate(): Made {
	const made = new Made();
	let seed = 7;
	const random = () => {
		seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
		return seed / 2 ** 31;
	};
	for (let n = 0; n < 40; n++) {
		for (const instance of ['a:1', 'b:2']) {
			const values: [number, number | typeof STALE][] = [];
			let counter = 0;
			for (let t = NOW - 3 * HOUR; t < NOW - 120_000; t += STEP) {
				counter += Math.floor(random() * 100);
				const kinds = [counter, random() * 1e-9, -random() * 1e300, counter / 3];
				values.push([t + n, kinds[n % 4]!]);
			}
			if (n % 5 === 0) {
				const end = Math.floor(values.length / 2);
				values.length = end + 1;
				values[end] = [values[end]![0], STALE];
			}
			if (n === 7) values.splice(100, 40);
			made.add({ __name__: `copied_${n}_total`, instance, text: 'ä "quoted" \\ 中' }, values);
		}
	}
	made.add({ __name__: 'copied_infinite' }, [
		[NOW - HOUR, Number.POSITIVE_INFINITY],
		[NOW - HOUR + STEP, Number.NEGATIVE_INFINITY],
		[NOW - HOUR + 2 * STEP, 5e-324],
		[NOW - HOUR + 3 * STEP, -0],
	]);
	return made;
}

/** A metric source over spools in memory; what it copies is read out of the spool that the chunk store would follow. */
class Copy {
	readonly state: MemorySettings;
	readonly clock: Clock;
	spools!: { metrics: Spool; forward: Spool };
	source!: MetricSource;
	private readonly settings: MetricSourceSettings;
	private readonly adapter = nodeSourceHttp();
	readonly files = new MemorySegmentFiles();

	constructor(
		settings: Partial<MetricSourceSettings> & { url: string },
		state = new MemorySettings(),
		clock = systemClock,
	) {
		this.settings = { headers: {}, parameters: {}, kind: null, intervalMs: 1_000, ...settings };
		this.state = state;
		this.clock = clock;
	}

	async start(): Promise<this> {
		const spool = (name: string) =>
			Spool.open({ files: new MemorySegmentFiles(), name, maxBytes: 1 << 28, clock: systemClock });
		this.spools = { metrics: await spool('metrics'), forward: await spool('forward') };
		this.source = new MetricSource({
			settings: this.settings,
			http: this.adapter.http,
			codec,
			spools: this.spools,
			state: this.state,
			project: 'p',
			clock: this.clock,
			retentionMs: null,
			random: Math.random,
			log: silentLogger,
		});
		await this.source.start();
		return this;
	}

	/** Samples of names that begin with `prefix`. */
	async samples(prefix = 'copied_'): Promise<Samples> {
		const out: Samples = new Map();
		const decoder = new TextDecoder();
		for (const record of await this.spools.metrics.read(this.spools.metrics.head(), 1 << 30)) {
			expect(record.kind).toBe(RECORD_KIND.metrics);
			const block = decodeMetricBlock(record.payload, codec);
			const words = new DataView(block.values.buffer, block.values.byteOffset);
			let label = 0;
			let byte = 0;
			let sample = 0;
			for (const [i, end] of block.sampleEnds.entries()) {
				const labels: Record<string, string> = {};
				for (; label < block.labelEnds[i]!; label++) {
					const [name, value] = [block.labelLengths[2 * label]!, block.labelLengths[2 * label + 1]!];
					labels[decoder.decode(block.labelBytes.subarray(byte, byte + name))] = decoder.decode(
						block.labelBytes.subarray(byte + name, byte + name + value),
					);
					byte += name + value;
				}
				const kept = out.get(keyOf(labels)) ?? new Map<number, string>();
				if (labels.__name__!.startsWith(prefix)) out.set(keyOf(labels), kept);
				for (; sample < end; sample++)
					kept.set(
						block.timestamps[sample]!,
						words
							.getBigUint64(8 * sample, true)
							.toString(16)
							.padStart(16, '0'),
					);
			}
		}
		return out;
	}

	/** Waits until nothing of the past is left to copy. */
	async whole(): Promise<void> {
		await until(
			() =>
				(this.source.status().backFill > 0.999 && (this.source.status().lagMs ?? 0) < 30_000) || undefined,
			() => `not all is copied: ${JSON.stringify(this.source.status())}`,
			120_000,
		);
	}

	async stop(): Promise<void> {
		await this.source.stop();
		this.adapter.close();
	}
}

/** Differences of two sets of samples, both ways, at most a few of each. */
function differences(want: Samples, got: Samples): { missing: string[]; extra: string[]; other: string[] } {
	const out = { missing: [] as string[], extra: [] as string[], other: [] as string[] };
	for (const [key, samples] of want)
		for (const [time, bits] of samples) {
			const copied = got.get(key)?.get(time);
			if (copied === undefined) out.missing.push(`${key} @${time - NOW} ${bits}`);
			else if (copied !== bits) out.other.push(`${key} @${time - NOW} ${bits} ${copied}`);
		}
	for (const [key, samples] of got)
		for (const [time, bits] of samples)
			if (!want.get(key)?.has(time)) out.extra.push(`${key} @${time - NOW} ${bits}`);
	return out;
}

const made = estate();
/** What no source tells: protobuf leaves zeros out, -0 among them, and the text of VictoriaMetrics has no sign of it. */
const ZERO_SIGN = [expect.stringMatching(/copied_infinite.* 8000000000000000 0000000000000000$/)];

describe.each(SERVER_BUILDS)('Prometheus, build: %s', (build) => {
	let prometheus: MetricServer;
	beforeAll(async () => {
		prometheus = await MetricServer.start('prometheus', ['--web.enable-lifecycle'], build);
		for (const body of made.bodies()) await prometheus.push(body);
	}, BUILD_TIMEOUT_MS);
	afterAll(() => prometheus.remove());

	test('by remote read, each sample to the bit, stale markers too', async () => {
		const copy = await new Copy({ url: prometheus.url }).start();
		await copy.whole();
		expect(copy.source.status()).toMatchObject({ kind: 'remote-read', failing: 0, error: null });
		expect(differences(made.samples, await copy.samples())).toEqual({
			missing: [],
			extra: [],
			other: ZERO_SIGN,
		});
		await copy.stop();
	});

	test('by range selectors: stale markers are not in the answers, and gaps are made some', async () => {
		const copy = await new Copy({ url: prometheus.url, kind: 'range-selector' }).start();
		await copy.whole();
		const { missing, extra, other } = differences(made.samples, await copy.samples());
		expect(other).toEqual([]);
		// The markers of the source stand an interval after the last sample, and so do ours.
		expect(missing).toEqual([]);
		// What the source has no marker for: series that pause or end without one.
		expect(extra.every((each) => each.endsWith(STALE_BITS))).toBe(true);
		expect(extra.filter((each) => each.includes('copied_7_total')).length).toBeGreaterThanOrEqual(2);
		expect(extra.length).toBeLessThanOrEqual(2 * 40 + 3);
		await copy.stop();
	});

	test('with the parameters of Thanos, the tenant of Mimir and a password, as a proxy sees them', async () => {
		const seen: { url: string; body: string; headers: NodeJS.Dict<string | string[]> }[] = [];
		const proxy = await listen(
			createServer((from, to) => {
				const parts: Buffer[] = [];
				from.on('data', (part) => parts.push(part));
				from.on('end', () => {
					const body = Buffer.concat(parts);
					seen.push({ url: from.url!, body: body.toString('latin1'), headers: from.headers });
					const onward = request(
						`${prometheus.url}${from.url}`,
						{ method: from.method, headers: from.headers },
						(answer) => {
							to.writeHead(answer.statusCode!, answer.headers);
							answer.pipe(to);
						},
					);
					onward.end(body);
				});
			}),
		);
		const copy = await new Copy({
			url: `http://reader:s%20cret@127.0.0.1:${proxy.port}`,
			kind: 'range-selector',
			headers: { 'X-Scope-OrgID': 'team-a' },
			parameters: { dedup: 'true', partial_response: 'false', max_source_resolution: '0s' },
		}).start();
		await copy.whole();
		const questions = seen.filter(({ url }) => url.startsWith('/api/v1/query'));
		expect(questions.length).toBeGreaterThan(0);
		for (const { body } of questions)
			expect(body).toMatch(/dedup=true&partial_response=false&max_source_resolution=0s/);
		for (const { headers } of seen) {
			expect(headers['x-scope-orgid']).toBe('team-a');
			expect(headers.authorization).toBe(`Basic ${Buffer.from('reader:s cret').toString('base64')}`);
		}
		expect(JSON.stringify(copy.source.status())).not.toMatch(/s%20cret|s cret/);
		await copy.stop();
		await proxy.close();
	});

	test('what is pushed to us is forwarded there as it came, and comes back by the updater', async () => {
		const copy = await new Copy({ url: prometheus.url }).start();
		const pushed = new Made();
		pushed.add({ __name__: 'forwarded_total', instance: 'x' }, [
			[NOW - 30_000, 1.25],
			[NOW - 15_000, 2.5],
		]);
		for (const body of pushed.bodies())
			expect(await copy.source.pushed.write(body, null)).toMatchObject({ written: 2 });
		await until(
			// They may come back before the answer to what sent them.
			async () =>
				(differences(pushed.samples, await copy.samples('forwarded_')).missing.length === 0 &&
					copy.source.stages().forward!.sent > 0) ||
				undefined,
			() => `not there: ${JSON.stringify([copy.source.status(), copy.source.stages()])}`,
			120_000,
		);
		expect(copy.source.stages().forward).toMatchObject({ sent: 1, dropped: {}, errors: 0 });
		await copy.stop();
	});

	test('it restarts, then loses all: the updater goes on, and what is copied stays', async () => {
		const own = await MetricServer.start('prometheus', [], build);
		for (const body of made.bodies()) await own.push(body);
		const copy = await new Copy({ url: own.url }).start();
		await copy.whole();
		await own.stop('SIGKILL');
		await until(
			() => copy.source.status().failing > 0 || undefined,
			() => 'nothing fails',
		);
		await own.run();
		await until(
			() => copy.source.status().failing === 0 || undefined,
			() => JSON.stringify(copy.source.status()),
			90_000,
		);
		await own.stop();
		own.lose();
		await own.run();
		const later = new Made();
		later.add({ __name__: 'copied_later' }, [[Date.now() - 1_000, 42]]);
		for (const body of later.bodies()) await own.push(body);
		await until(
			async () => differences(later.samples, await copy.samples()).missing.length === 0 || undefined,
			() => JSON.stringify(copy.source.status()),
			150_000,
		);
		expect(differences(made.samples, await copy.samples()).missing).toEqual([]);
		await copy.stop();
		await own.remove();
	});
});

test.each(SERVER_BUILDS)(
	'VictoriaMetrics (%s) by its export, each sample to the bit, stale markers too',
	async (build) => {
		const victoria = await MetricServer.start('victoria-metrics', [], build);
		for (const body of made.bodies()) await victoria.push(body);
		const copy = await new Copy({ url: victoria.url }).start();
		await copy.whole();
		expect(copy.source.status()).toMatchObject({ kind: 'export', failing: 0, error: null });
		const { missing, extra, other } = differences(made.samples, await copy.samples());
		expect({ missing: missing.slice(0, 9), extra: extra.slice(0, 9) }).toEqual({ missing: [], extra: [] });
		// It keeps some twelve digits of a number, nothing of the smallest, and no sign of zero.
		expect(other.filter((each) => !isRounded(each))).toEqual([]);
		await copy.stop();
		await victoria.remove();
	},
	BUILD_TIMEOUT_MS,
);

/** Whether a difference, which ends in the bits of both numbers, is one of the last digits only. */
function isRounded(difference: string): boolean {
	const [want = 0, got = 0] = difference
		.split(' ')
		.slice(-2)
		.map((hex) => Buffer.from(hex, 'hex').readDoubleBE());
	return Math.abs(want - got) <= 1e-11 * Math.abs(want) + Number.MIN_VALUE;
}

async function listen(server: Server): Promise<{ port: number; close(): Promise<void> }> {
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
	return {
		port: (server.address() as { port: number }).port,
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
