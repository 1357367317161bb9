import type { QueryResult } from '../../promql/engine.ts';
import { compareText } from '../../promql/labels/text-order.ts';
import type { Labels } from '../../telemetry/labels.ts';
import type { SeriesColumns } from '../../telemetry/series.ts';
import { histogramText } from './histogram-json.ts';
import { sampleText, timeText } from './sample-text.ts';

/** Times that are written once: those of one grid. At the bound all are forgotten. */
const MAX_TIMES = 12_000;

export const TRUNCATED = 'results truncated due to limit';

/** An answer of the API, piece by piece: `data` between what stands around it. */
export function* success(data: Iterable<string>, notes: { warnings?: string[]; infos?: string[] } = {}) {
	yield '{"status":"success","data":';
	yield* data;
	for (const [key, texts] of Object.entries(notes)) {
		if (texts.length > 0) yield `,"${key}":${JSON.stringify(texts)}`;
	}
	yield '}';
}

/** The answer of a query at `time` (that of scalars and strings, ms); `limit` series at most, 0 for all. */
export function* queryText(result: QueryResult, time: number, limit: number): Generator<string> {
	yield* success(dataOf(result, time, limit), {
		warnings: isCut(result, limit) ? [...result.warnings, TRUNCATED] : result.warnings,
		infos: result.infos,
	});
}

function isCut(result: QueryResult, limit: number): boolean {
	return limit > 0 && 'series' in result && result.series.series.length > limit;
}

function* dataOf(result: QueryResult, time: number, limit: number): Generator<string> {
	yield `{"resultType":"${result.type}","result":[`;
	switch (result.type) {
		case 'scalar':
			yield `${timeText(time)},${sampleText(result.value)}`;
			break;
		case 'string':
			yield `${timeText(time)},${JSON.stringify(result.value)}`;
			break;
		default:
			yield* seriesTexts(result.series, result.type, limit);
	}
	yield ']}';
}

function* seriesTexts(columns: SeriesColumns, type: 'vector' | 'matrix', limit: number): Generator<string> {
	const times = new TimeTexts();
	const { series, ends, timestamps, values, histograms } = columns;
	const count = limit > 0 ? Math.min(limit, series.length) : series.length;
	for (let i = 0; i < count; i++) {
		let text = `${i === 0 ? '' : ','}{"metric":${labelsText(series[i]!)}`;
		const from = i === 0 ? 0 : ends[i - 1]!;
		const to = ends[i]!;
		const first = !histograms || i === 0 ? 0 : histograms.ends[i - 1]!;
		const last = histograms ? histograms.ends[i]! : 0;
		const list = type === 'matrix';
		if (to > from) {
			text += list ? ',"values":[' : ',"value":';
			for (let s = from; s < to; s++) {
				text += `${s === from ? '' : ','}[${times.of(timestamps[s]!)},${sampleText(values[s]!)}]`;
			}
			if (list) text += ']';
		}
		if (histograms && last > first) {
			text += list ? ',"histograms":[' : ',"histogram":';
			for (let h = first; h < last; h++) {
				text += `${h === first ? '' : ','}[${times.of(histograms.timestamps[h]!)},${histogramText(histograms, h)}]`;
			}
			if (list) text += ']';
		}
		yield `${text}}`;
	}
}

/** `{"a":"b"}`, sorted by name. */
export function labelsText(labels: Labels): string {
	const names = Object.keys(labels).sort(compareText);
	return `{${names.map((name) => `${JSON.stringify(name)}:${JSON.stringify(labels[name])}`).join(',')}}`;
}

/** The times of many series are the same few. */
class TimeTexts {
	readonly #texts = new Map<number, string>();

	of(time: number): string {
		let text = this.#texts.get(time);
		if (text === undefined) {
			text = timeText(time);
			if (this.#texts.size >= MAX_TIMES) this.#texts.clear();
			this.#texts.set(time, text);
		}
		return text;
	}
}
