import { ServerError } from '../errors.ts';
import { labelsOf, type SeriesBody, STALE } from './series-body.ts';
import { malformed } from './source-calls.ts';

const PATH = '/api/v1/export';
/** Bytes of one line: about a million samples of one series. */
const MAX_LINE = 32 * 1024 * 1024;

/**
 * Reads the lines of VictoriaMetrics's export as they come, `{"metric":{...},"values":[...],"timestamps":[...]}` each.
 * A stale marker is `null` there, as any NaN is: all of them become stale markers.
 * Source: https://docs.victoriametrics.com/#how-to-export-data-in-json-line-format
 */
export class ExportLines {
	readonly #body: SeriesBody;
	readonly #decoder = new TextDecoder();
	#parts: Uint8Array[] = [];
	#bytes = 0;
	#line = 1;

	constructor(body: SeriesBody) {
		this.#body = body;
	}

	push(chunk: Uint8Array): void {
		let from = 0;
		for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
			this.#keep(chunk.subarray(from, end));
			this.#take();
			from = end + 1;
		}
		this.#keep(chunk.subarray(from));
	}

	/** Says that no more comes. */
	end(): void {
		this.#take();
	}

	#keep(part: Uint8Array): void {
		this.#bytes += part.length;
		if (this.#bytes > MAX_LINE)
			throw new ServerError(
				'CXR_SOURCE_TOO_MUCH',
				`Line ${this.#line} of the export is over ${MAX_LINE} bytes.`,
			);
		if (part.length > 0) this.#parts.push(part);
	}

	#take(): void {
		const whole = new Uint8Array(this.#bytes);
		let at = 0;
		for (const part of this.#parts) {
			whole.set(part, at);
			at += part.length;
		}
		this.#parts = [];
		this.#bytes = 0;
		const text = this.#decoder.decode(whole);
		if (text.trim() !== '') this.#series(text);
		this.#line++;
	}

	#series(text: string): void {
		let parsed: unknown;
		try {
			parsed = JSON.parse(quotedInfinities(text));
		} catch (e) {
			throw malformed(PATH, `line ${this.#line} is no JSON: ${JSON.stringify(text.slice(0, 80))}`, e);
		}
		const { metric, values, timestamps } = (parsed ?? {}) as Record<string, unknown>;
		const labels = labelsOf(metric);
		if (!labels || !Array.isArray(values) || !Array.isArray(timestamps))
			throw malformed(PATH, `line ${this.#line} has no metric, values and timestamps`);
		if (values.length !== timestamps.length)
			throw malformed(PATH, `line ${this.#line}: ${values.length} values, ${timestamps.length} timestamps`);
		for (let i = 0; i < values.length; i++) {
			const time: unknown = timestamps[i];
			const value = sampleOf(values[i]);
			if (!Number.isSafeInteger(time) || (time as number) < 0 || value === undefined)
				throw malformed(PATH, `line ${this.#line}, sample ${i}: ${String(time)}, ${String(values[i])}`);
			this.#body.sample(time as number, value);
		}
		this.#body.close(labels);
	}
}

/** VictoriaMetrics before 1.80 writes infinities as they are, which is no JSON; values come behind the labels. */
function quotedInfinities(text: string): string {
	const from = text.lastIndexOf('"values":[');
	if (from < 0 || !text.includes('Inf', from)) return text;
	return text.slice(0, from) + text.slice(from).replace(/([[,])([+-]?Inf)(?=[,\]])/g, '$1"$2"');
}

function sampleOf(value: unknown): number | typeof STALE | undefined {
	if (typeof value === 'number') return value;
	if (value === null || value === 'NaN') return STALE;
	if (value === 'Infinity' || value === '+Inf') return Number.POSITIVE_INFINITY;
	return value === '-Infinity' || value === '-Inf' ? Number.NEGATIVE_INFINITY : undefined;
}
