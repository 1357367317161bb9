import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import Fastify from 'fastify';
import { createCodec } from '../../../core-as/facade/index.ts';
import { builtModules } from '../../../core-as/testing/modules.ts';
import { otlpAnswer } from '../../../core-as/testing/otlp-body.ts';
import { type Metric, otlpMetricBody, type Point } from '../../../core-as/testing/otlp-metric-body.ts';
import { zlibInflate } from '../../../hosts/node/inflate/zlib-inflate.ts';
import { systemClock } from '../../clock.ts';
import { MemorySegmentFiles } from '../../delivery/memory-segment-files.ts';
import { Spool } from '../../delivery/spool.ts';
import { silentLogger } from '../../logging/logger.ts';
import { ingestRoutes } from '../api/ingest-routes.ts';
import { errorHandler } from '../api/problem.ts';
import { noFaults } from '../faults.ts';
import { DeltaIntake } from '../ingest/delta-intake.ts';
import { decodeMetricBlock, type MetricBlock } from '../ingest/metric-block.ts';
import { MetricIngest } from '../ingest/metric-ingest.ts';
import type { OfferedBody } from '../recording/recorder.ts';

export const codec = createCodec(await builtModules());
export const PROTOBUF = 'application/x-protobuf';
export const V2_TYPE = `${PROTOBUF};proto=io.prometheus.write.v2.Request`;
export const WRITE = '/api/v1/write';
export const METRICS = '/v1/metrics';
export const now = Date.now();
export const nanos = BigInt(now) * 1_000_000n;

/** The routes of metrics before a spool in memory. */
export class MetricRoutes {
	readonly #app = Fastify();
	readonly offered: Omit<OfferedBody, 'acceptedAt'>[] = [];
	ingest!: MetricIngest;
	spool!: Spool;

	static async open(o: { retentionMs?: number | null; maxBytes?: number } = {}): Promise<MetricRoutes> {
		const routes = new MetricRoutes();
		const { maxBytes = 64 << 20, ...retention } = o;
		const clock = systemClock;
		routes.spool = await Spool.open({ files: new MemorySegmentFiles(), name: 'm', maxBytes, clock });
		const file = { read: async () => null, replace: async () => {} };
		const deltas = new DeltaIntake({ codec, file, log: silentLogger });
		routes.ingest = new MetricIngest({ codec, spool: routes.spool, clock, deltas, ...retention });
		routes.#app.setErrorHandler(errorHandler(silentLogger));
		await routes.#app.register(
			ingestRoutes({
				ingest: routes.ingest,
				inflate: zlibInflate,
				recorder: { offer: (body) => routes.offered.push(body) },
				faults: noFaults,
				log: silentLogger,
			}),
		);
		return routes;
	}

	/** Headers with the value undefined are left out. */
	async post(url: string, body: Uint8Array | string, headers: Record<string, string | undefined>) {
		const given = Object.entries(headers).filter((each): each is [string, string] => each[1] !== undefined);
		const response = await this.#app.inject({
			...{ method: 'POST', url, headers: Object.fromEntries(given) },
			payload: typeof body === 'string' ? body : Buffer.from(body),
		});
		const type = String(response.headers['content-type'] ?? '');
		const decode = (message: 'Response' | 'Status400'): Record<string, unknown> =>
			type.includes('json') ? response.json() : otlpAnswer(message, response.rawPayload);
		const written = ['samples', 'histograms', 'exemplars'].map((what) =>
			String(response.headers[`x-prometheus-remote-write-${what}-written`]),
		);
		return { status: response.statusCode, type, headers: response.headers, decode, written: written.join() };
	}

	/** Remote write, packed. */
	write(url: string, plain: Uint8Array, headers: Record<string, string | undefined> = {}) {
		const usual = { 'content-type': PROTOBUF, 'content-encoding': 'snappy' };
		return this.post(url, codec.snappyCompress(plain), { ...usual, ...headers });
	}

	/** What of OTLP was not taken; the answer must be 200. */
	async otlp(body: Uint8Array | string, headers: Record<string, string | undefined> = {}) {
		const isJson = typeof body === 'string';
		const answer = await this.post(METRICS, body, {
			'content-type': isJson ? 'application/json' : PROTOBUF,
			...headers,
		});
		assert.equal(answer.status, 200, JSON.stringify(answer.decode('Status400')));
		return answer.decode('Response') as Record<string, Record<string, unknown>>;
	}

	async blocks(): Promise<MetricBlock[]> {
		const records = await this.spool.read(this.spool.head(), 1e9);
		return records.map((record) => decodeMetricBlock(record.payload, codec));
	}

	async values(): Promise<number[]> {
		return (await this.blocks()).flatMap((block) => [...block.values]);
	}

	/** Labels of the series of all blocks, as `name=value,name=value`. */
	async series(): Promise<string[]> {
		return (await this.blocks()).flatMap(({ labelBytes, labelLengths, labelEnds }) => {
			let at = 0;
			const text = (length: number) => {
				at += length;
				return new TextDecoder().decode(labelBytes.subarray(at - length, at));
			};
			let label = 0;
			return Array.from(labelEnds, (end) => {
				const labels: string[] = [];
				for (; label < end; label++)
					labels.push(`${text(labelLengths[2 * label]!)}=${text(labelLengths[2 * label + 1]!)}`);
				return labels.join();
			});
		});
	}
}

export const point = (more: Partial<Point>): Point => ({
	attributes: [],
	start: nanos - 1_000_000_000n,
	time: nanos,
	...more,
});
export const metric = (name: string, points: Point[], more: Partial<Metric> = {}): Metric => ({
	...{ name, help: '', unit: '', kind: 'gauge', points, ...more },
});
/** A request of one resource, the service shop. */
export const otlp = (...metrics: Metric[]) =>
	otlpMetricBody([
		{
			attributes: [['service.name', 'shop']],
			scopes: [{ name: '', version: '', schema: '', attributes: [], metrics }],
		},
	]);
