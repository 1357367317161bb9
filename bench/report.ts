import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { type Measured, ROWS } from './rows.ts';

const FILE = new URL('../docs/benchmarks.md', import.meta.url);

/** Measurements by row key; what is absent was not measured. */
export type Results = Record<string, Measured>;

function table(bench: string, results: Results): string[] {
	return Object.entries(ROWS[bench]!).map(([key, row]) => {
		const measured = results[key];
		const cells = [
			row.name,
			measured?.ours ?? 'not measured',
			measured?.rival ?? row.rival,
			measured?.ratio ?? '-',
			row.bar,
			measured?.ok ? 'ok' : 'short',
		];
		return cells.join(' | ');
	});
}

/**
 * Prints one line a row and, with `--write`, puts the table into docs/benchmarks.md between the marks of this bench.
 * Returns the exit code: 1 when a row is short.
 */
export function report(bench: string, results: Results, notes: string[], write: boolean): number {
	const rows = table(bench, results);
	console.log('row | ours | rival | ratio | bar | ok or short');
	for (const row of rows) console.log(row);
	for (const note of notes) console.log(`# ${note}`);
	if (write) {
		const machine = `Node ${process.versions.node}, ${cpus().length} x ${cpus()[0]?.model.trim()}`;
		writeSection(bench, [
			'| row | ours | rival | ratio | bar | |',
			'|---|---|---|---|---|---|',
			...rows.map((row) => `| ${row} |`),
			'',
			[machine, ...notes].join('. '),
		]);
	}
	return Object.keys(ROWS[bench]!).every((key) => results[key]?.ok) ? 0 : 1;
}

/** Replaces what stands in docs/benchmarks.md between the marks of this name. */
export function writeSection(name: string, lines: string[]): void {
	const begin = `<!-- ${name} -->`;
	const end = `<!-- /${name} -->`;
	const text = readFileSync(FILE, 'utf8');
	const from = text.indexOf(begin);
	const to = text.indexOf(end);
	if (from < 0 || to < 0) throw new Error(`BUG: docs/benchmarks.md has no place for ${name}`);
	writeFileSync(FILE, [text.slice(0, from) + begin, ...lines, text.slice(to)].join('\n'));
}

export function median(values: number[]): number {
	const sorted = values.slice().sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
