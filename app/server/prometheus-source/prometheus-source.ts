import { type Codec, CoreError } from '../../../core-as/facade/index.ts';
import { ServerError } from '../errors.ts';
import { ExportLines } from './export-lines.ts';
import { readRangeVectors } from './range-vectors.ts';
import { encodeReadRequest, queryResultOf } from './remote-read.ts';
import { type LabelMatcher, type Selection, selectorOf } from './selection.ts';
import { SeriesBody } from './series-body.ts';
import { halfOfSeries } from './series-half.ts';
import { malformed, type SourceCalls } from './source-calls.ts';

/** How raw samples are read from a source, best first. */
export const SOURCE_KINDS = ['remote-read', 'export', 'range-selector'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

/** Bytes of one answer; more is split. As many as a remote-write body may have. */
const MAX_ANSWER = 64 * 1024 * 1024;
/** A list of this many bytes names about a million metrics. */
const MAX_LIST = 32 * 1024 * 1024;
const PROBE = 'codexray_probe';

/** Raw samples out of a Prometheus-compatible source. */
export class PrometheusSource {
	readonly #calls: SourceCalls;
	readonly #codec: Codec;
	#kind: SourceKind | null;

	/** `kind`: how it is read; null: what it has is tried out. */
	constructor(o: { calls: SourceCalls; codec: Codec; kind: SourceKind | null }) {
		this.#calls = o.calls;
		this.#codec = o.codec;
		this.#kind = o.kind;
	}

	/** Null until it was tried out. */
	get kind(): SourceKind | null {
		return this.#kind;
	}

	/**
	 * How long before its clock samples may still come, ms. A scrape is stored with the time when it began, up to its
	 * timeout (10 s) later, and VictoriaMetrics shows samples some seconds after it has taken them. Where gaps are made
	 * stale markers, it must be longer than 2.5 scrape intervals.
	 */
	get overlapMs(): number {
		return this.#kind === 'range-selector' ? 300_000 : 60_000;
	}

	/** Throws CXR_SOURCE_AWAY, _SLOW, or _REFUSED where the source wants other credentials. */
	async probe(signal: AbortSignal): Promise<SourceKind> {
		if (this.#kind) return this.#kind;
		for (const kind of SOURCE_KINDS) {
			try {
				await this.#read(kind, { names: [PROBE] }, 0, 1, signal);
				this.#kind = kind;
				return kind;
			} catch (e) {
				if (kind === 'range-selector' || !isMissing(e)) throw e;
			}
		}
		throw new Error('BUG: the last way neither worked nor failed');
	}

	/** The source's clock, ms since the epoch, as its last answer tells. */
	now(): number {
		return this.#calls.now();
	}

	/** Names of metrics that have samples between two times (ms), sorted. */
	async names(from: number, to: number, signal: AbortSignal): Promise<string[]> {
		const path = '/api/v1/label/__name__/values';
		const data = await this.#calls.get(
			path,
			[
				['start', seconds(from)],
				['end', seconds(to)],
			],
			MAX_LIST,
			signal,
		);
		if (!Array.isArray(data) || !data.every((each) => typeof each === 'string'))
			throw malformed(path, 'the data is no list of names');
		return (data as string[]).sort();
	}

	/** A matcher that divides the series of a selection about in half; null where their labels do not tell them apart. */
	half(selection: Selection, from: number, to: number, signal: AbortSignal): Promise<LabelMatcher | null> {
		const { names, matchers = [] } = selection;
		const ask = (path: string, selector: string) =>
			this.#calls.get(
				path,
				[
					['match[]', selector],
					['start', seconds(from)],
					['end', seconds(to)],
				],
				MAX_LIST,
				signal,
			);
		return halfOfSeries(ask, { names, matchers });
	}

	/**
	 * Samples of these series from `from` to `to` (ms, both included) as a prometheus.WriteRequest, uncompressed.
	 * Throws CXR_SOURCE_TOO_MUCH when it should be asked for less.
	 */
	read(selection: Selection, from: number, to: number, signal: AbortSignal): Promise<Uint8Array> {
		if (!this.#kind) throw new Error('BUG: the source is read before it was tried out');
		return this.#read(this.#kind, selection, from, to, signal);
	}

	async #read(
		kind: SourceKind,
		selection: Selection,
		from: number,
		to: number,
		signal: AbortSignal,
	): Promise<Uint8Array> {
		if (kind === 'remote-read') return this.#remoteRead(selection, from, to, signal);
		const body = new SeriesBody();
		if (kind === 'export') await this.#export(selection, from, to, body, signal);
		else await this.#rangeSelector(selection, from, to, body, signal);
		try {
			return body.encode(this.#codec);
		} catch (e) {
			throw tooMuch(e, 'CXR_CORE_REMOTE_WRITE_TOO_LARGE');
		}
	}

	async #remoteRead(selection: Selection, from: number, to: number, signal: AbortSignal) {
		const body = this.#codec.snappyCompress(encodeReadRequest(selection, from, to));
		const answer = await this.#calls.bytes(
			{
				path: '/api/v1/read',
				body,
				headers: {
					'Content-Type': 'application/x-protobuf',
					'Content-Encoding': 'snappy',
					'X-Prometheus-Remote-Read-Version': '0.1.0',
				},
			},
			MAX_ANSWER,
			signal,
		);
		let plain: Uint8Array;
		try {
			plain = this.#codec.snappyUncompress(answer, MAX_ANSWER);
		} catch (e) {
			const mapped = tooMuch(e, 'CXR_CORE_SNAPPY_TOO_LARGE');
			if (mapped !== e || !(e instanceof CoreError)) throw mapped;
			throw malformed('/api/v1/read', e.message, e);
		}
		return queryResultOf(plain);
	}

	async #export(selection: Selection, from: number, to: number, body: SeriesBody, signal: AbortSignal) {
		const lines = new ExportLines(body);
		await this.#calls.stream(
			{
				path: '/api/v1/export',
				parameters: [
					['match[]', selectorOf(selection)],
					['start', seconds(from)],
					['end', seconds(to)],
				],
			},
			(chunk) => lines.push(chunk),
			signal,
		);
		lines.end();
	}

	async #rangeSelector(
		selection: Selection,
		from: number,
		to: number,
		body: SeriesBody,
		signal: AbortSignal,
	) {
		// One millisecond more: since Prometheus 3 a range leaves out its left end.
		const query = `${selectorOf(selection)}[${to - from + 1}ms]`;
		const data = await this.#calls.json(
			{
				path: '/api/v1/query',
				parameters: [
					['query', query],
					['time', seconds(to)],
				],
			},
			MAX_ANSWER,
			signal,
		);
		readRangeVectors(data, body, from, to);
	}
}

function seconds(ms: number): string {
	return (ms / 1000).toFixed(3);
}

/** Whether a source does not have a way to read it, rather than failing in it: another path, a page in HTML. */
function isMissing(e: unknown): boolean {
	if (!(e instanceof ServerError)) return false;
	if (e.code === 'CXR_SOURCE_MALFORMED') return true;
	return e.code === 'CXR_SOURCE_REFUSED' && !/HTTP 40[13]\b/.test(e.detail);
}

function tooMuch(e: unknown, code: string): unknown {
	if (!(e instanceof CoreError) || e.code !== code) return e;
	return new ServerError('CXR_SOURCE_TOO_MUCH', e.message, { cause: e });
}
