import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { type Measured, ROWS } from './rows.ts';

const FILE = new URL('../docs/benchmarks.md', import.meta.url);

/** Measurements by row key; what is absent was not measured. */
export type Results = Record<string, Measured>;

interface TableRow {
	name: string;
	cells: string;
	/** Undefined: this run did not measure it. */
	ok: boolean | undefined;
}

/** Rows that were not measured now keep what `written` says of them. */
function table(bench: string, results: Results, written: string): TableRow[] {
	return Object.entries(ROWS[bench]!).map(([key, { name, rival, bar }]) => {
		const measured = results[key];
		const before = written.split('\n').find((line) => line.startsWith(`| ${name} | `));
		if (measured === undefined && before !== undefined)
			return { name, cells: before.slice(2, -2), ok: undefined };
		const cells = [
			name,
			measured?.ours ?? 'not measured',
			measured?.rival ?? rival,
			measured?.ratio ?? '-',
			bar,
			measured?.ok ? 'ok' : 'short',
		];
		return { name, cells: cells.join(' | '), ok: measured?.ok };
	});
}

/**
 * Prints one line a row and, with `--write`, puts the table into docs/benchmarks.md between the marks of this bench.
 * Returns the exit code: 1 when a row is short. `part`: a run that measures some rows of the table only, under the name
 * that its notes begin with; the others, and notes of other parts, stay as they are.
 */
export function report(bench: string, results: Results, notes: string[], write: boolean, part = ''): number {
	const { text, from, to } = section(bench);
	const written = text.slice(from, to);
	const rows = table(bench, results, written);
	const own = part === '' ? rows : rows.filter(({ ok }) => ok !== undefined);
	console.log('row | ours | rival | ratio | bar | ok or short');
	for (const { cells } of own) console.log(cells);
	for (const note of notes) console.log(`# ${note}`);
	if (write) {
		const machine = `Node ${process.versions.node}, ${cpus().length} x ${cpus()[0]?.model.trim()}`;
		const begins = part === '' ? 'Node ' : `${part}: `;
		const others = written
			.split(/\n\s*\n/)
			.map((paragraph) => paragraph.trim())
			.filter((paragraph) => isNotes(paragraph, begins));
		const mine = `${part === '' ? '' : begins}${[machine, ...notes].join('. ')}`;
		const paragraphs = part === '' ? [mine, ...others] : [...others, mine];
		writeSection(bench, [
			'| row | ours | rival | ratio | bar | |',
			'|---|---|---|---|---|---|',
			...rows.map(({ cells }) => `| ${cells} |`),
			'',
			paragraphs.join('\n\n'),
		]);
	}
	const isShort = ({ ok, cells }: TableRow) => (ok === undefined ? !cells.endsWith('| ok') : !ok);
	return own.some(isShort) ? 1 : 0;
}

/** Whether a paragraph has the notes of another part than that whose notes begin so. */
function isNotes(paragraph: string, begins: string): boolean {
	return paragraph !== '' && !paragraph.startsWith('|') && !paragraph.startsWith(begins);
}

/** Replaces what stands in docs/benchmarks.md between the marks of this name. */
export function writeSection(name: string, lines: string[]): void {
	const { text, from, to } = section(name);
	writeFileSync(FILE, [text.slice(0, from), ...lines, text.slice(to)].join('\n'));
}

/** docs/benchmarks.md, and what of it stands between the marks of this name. */
function section(name: string): { text: string; from: number; to: number } {
	const text = readFileSync(FILE, 'utf8');
	const begin = `<!-- ${name} -->`;
	const from = text.indexOf(begin);
	const to = text.indexOf(`<!-- /${name} -->`);
	if (from < 0 || to < 0) throw new Error(`BUG: docs/benchmarks.md has no place for ${name}`);
	return { text, from: from + begin.length, to };
}

export function median(values: number[]): number {
	const sorted = values.slice().sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
