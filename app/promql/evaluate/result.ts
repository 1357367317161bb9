import type { SeriesColumns } from '../../telemetry/series.ts';
import { compareSortKeys, dropMetadata, sortKeyOf } from '../labels/label-set.ts';
import type { Evaluator } from './evaluator.ts';
import { mergeRows } from './merge-rows.ts';
import { columnsOfVector } from './range-columns.ts';
import { type Value, Vector } from './vector.ts';

/** A range query's answer: series with a sample at every step that has a value. */
export function matrixOf(value: Value, evaluator: Evaluator): SeriesColumns {
	const { labels, ends, timestamps, values } = columnsOfVector(finished(value, evaluator), evaluator.grid);
	return withoutEmpty({ series: labels, ends, timestamps, values });
}

/** An instant query's answer. */
export function vectorOf(vector: Vector, evaluator: Evaluator): SeriesColumns {
	return matrixOf({ kind: 'vector', vector }, evaluator);
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
	const { series, ends } = columns;
	const rows = [...series.keys()].filter((row) => ends[row]! > (row === 0 ? 0 : ends[row - 1]!));
	if (rows.length === series.length) return columns;
	return {
		...columns,
		series: rows.map((row) => series[row]!),
		ends: Uint32Array.from(rows, (row) => ends[row]!),
	};
}

/** Series in the order of their labels, those without samples left out. */
export function sortedByLabels(columns: SeriesColumns): SeriesColumns {
	const full = withoutEmpty(columns);
	const { series, ends, timestamps, values } = full;
	const keys = series.map(sortKeyOf);
	const rows = [...series.keys()].sort((a, b) => compareSortKeys(keys[a]!, keys[b]!));
	const out: SeriesColumns = {
		series: rows.map((row) => series[row]!),
		ends: new Uint32Array(rows.length),
		timestamps: new Float64Array(timestamps.length),
		values: new Float64Array(values.length),
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
