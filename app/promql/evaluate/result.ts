import type { Labels } from '../../telemetry/labels.ts';
import type { SeriesColumns } from '../../telemetry/series.ts';
import { columnsOfHistograms } from '../histograms/columns.ts';
import { joinHistograms } from '../histograms/join.ts';
import { compareSortKeys, dropMetadata, sortKeyOf } from '../labels/label-set.ts';
import type { Evaluator } from './evaluator.ts';
import { mergeRows } from './merge-rows.ts';
import { columnsOfVector, type VectorColumns } from './range-columns.ts';
import { type Value, Vector } from './vector.ts';

/** A range query's answer: series with a sample at every step that has a value, in the order of their labels. */
export function matrixOf(value: Value, evaluator: Evaluator): SeriesColumns {
	const vector = finished(value, evaluator);
	const rows = byLabels(vector.labels).filter((row) => !vector.isEmpty(row));
	return seriesOf(columnsOfVector(vector, evaluator.grid, rows));
}

/** Columns in the form in which series are told. */
export function seriesOf({ labels, ends, timestamps, values, histograms }: VectorColumns): SeriesColumns {
	const out: SeriesColumns = { series: labels, ends, timestamps, values };
	if (histograms) {
		out.histograms = columnsOfHistograms(histograms.ends, histograms.timestamps, histograms.histograms);
	}
	return out;
}

/** An instant query's answer, in the order that the query gave. */
export function vectorOf(vector: Vector, evaluator: Evaluator): SeriesColumns {
	const done = finished({ kind: 'vector', vector }, evaluator);
	const rows = [...done.labels.keys()].filter((row) => !done.isEmpty(row));
	return seriesOf(columnsOfVector(done, evaluator.grid, rows));
}

/** Rows in the order of their labels. */
function byLabels(labels: readonly Labels[]): number[] {
	const keys = labels.map(sortKeyOf);
	return [...labels.keys()].sort((a, b) => compareSortKeys(keys[a]!, keys[b]!));
}

/** With the names gone that were to go at the end. */
function finished(value: Value, evaluator: Evaluator): Vector {
	if (value.kind === 'scalar') {
		const out = new Vector(evaluator.grid.count, 1);
		out.addRow({});
		for (const [step, x] of value.values.entries()) out.set(0, step, x);
		return out;
	}
	if (value.kind === 'string') throw new Error('BUG: a string is no vector');
	const { vector } = value;
	if (!evaluator.evaluation.delayedNames) return vector;
	for (let row = 0; row < vector.rows; row++) {
		if (vector.dropNames[row]) vector.labels[row] = dropMetadata(vector.labels[row]!);
	}
	return mergeRows(vector);
}

function withoutEmpty(columns: SeriesColumns): SeriesColumns {
	const { series, ends, histograms } = columns;
	const has = (of: Uint32Array, row: number) => of[row]! > (row === 0 ? 0 : of[row - 1]!);
	const rows = [...series.keys()].filter(
		(row) => has(ends, row) || (histograms && has(histograms.ends, row)),
	);
	if (rows.length === series.length) return columns;
	return {
		...columns,
		series: rows.map((row) => series[row]!),
		ends: Uint32Array.from(rows, (row) => ends[row]!),
		...(histograms && {
			histograms: { ...histograms, ends: Uint32Array.from(rows, (row) => histograms.ends[row]!) },
		}),
	};
}

/** Series in the order of their labels, those without samples left out. */
export function sortedByLabels(columns: SeriesColumns): SeriesColumns {
	const full = withoutEmpty(columns);
	const { series, ends, timestamps, values, histograms } = full;
	const rows = byLabels(series);
	const out: SeriesColumns = {
		series: rows.map((row) => series[row]!),
		ends: new Uint32Array(rows.length),
		timestamps: new Float64Array(timestamps.length),
		values: new Float64Array(values.length),
		...(histograms && {
			histograms: joinHistograms(
				rows.map((row) => ({
					columns: histograms,
					from: row === 0 ? 0 : histograms.ends[row - 1]!,
					to: histograms.ends[row]!,
				})),
			),
		}),
	};
	let at = 0;
	for (const [i, row] of rows.entries()) {
		const start = row === 0 ? 0 : ends[row - 1]!;
		out.timestamps.set(timestamps.subarray(start, ends[row]), at);
		out.values.set(values.subarray(start, ends[row]), at);
		at += ends[row]! - start;
		out.ends[i] = at;
	}
	return out;
}
