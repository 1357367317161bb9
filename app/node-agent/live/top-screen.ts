/** The screen of `codexray top`: a pure function of what there is to show and of the size. */

import { countText, rateText, secondsText } from './top-figures.ts';
import { type ColumnName, openedEdge, type Row, rowsOf, shortName } from './top-rows.ts';
import { SORT_KEYS, type TopState } from './top-state.ts';

export type Style = 'plain' | 'bold' | 'dim' | 'bad' | 'title' | 'chosen';

/** A stretch of one line. All lines of a screen are as wide as it is. */
export interface Piece {
	text: string;
	style: Style;
}

export type Line = Piece[];

export interface Size {
	columns: number;
	rows: number;
}

interface Column {
	name: ColumnName;
	title: string;
	/** Characters; names share what is left. */
	width: number;
	text(value: never): string;
	/** Left out first on a narrow screen, the highest first; 0 always stays. */
	spare: number;
}

/** Least widths of a name, and of a route or statement. */
const NAME_MIN = 12;
const DETAIL_MIN = 30;
const text = (value: string | number | null) => String(value ?? '');
const COLUMNS: readonly Column[] = [
	{ name: 'client', title: 'CLIENT', width: 0, text, spare: 0 },
	{ name: 'server', title: 'SERVER', width: 0, text, spare: 0 },
	{ name: 'protocol', title: 'PROTO', width: 10, text, spare: 5 },
	{ name: 'requests', title: 'REQ/S', width: 7, text: rateText, spare: 0 },
	{ name: 'errors', title: 'ERR/S', width: 7, text: rateText, spare: 1 },
	{ name: 'p50', title: 'P50', width: 7, text: secondsText, spare: 4 },
	{ name: 'p95', title: 'P95', width: 7, text: secondsText, spare: 2 },
	{ name: 'max', title: 'MAX', width: 7, text: secondsText, spare: 6 },
	{ name: 'open', title: 'OPEN', width: 7, text: countText, spare: 7 },
	{ name: 'fails', title: 'FAIL/S', width: 7, text: rateText, spare: 3 },
];
const NAMES: readonly ColumnName[] = ['client', 'server'];
const BAD: readonly ColumnName[] = ['errors', 'fails'];
/** Columns that details have, too. */
const OF_DETAILS: readonly ColumnName[] = ['client', 'protocol', 'requests', 'errors', 'p50', 'p95', 'max'];

/** Head, title and last line, and a row between. */
const LEAST: Size = { columns: 40, rows: 5 };

/** Exactly `rows` lines of `columns` characters. */
export function drawTop(state: TopState, size: Size): Line[] {
	const { columns, rows } = size;
	if (columns < LEAST.columns || rows < LEAST.rows)
		return fill([[plain(`codexray top needs ${LEAST.columns} x ${LEAST.rows} characters`)]], size);
	const head = [headLine(state, columns), ...state.notes.map((note): Line => [{ text: note, style: 'bad' }])];
	// What is off must not crowd out what there is.
	const above = head.slice(0, Math.max(1, rows - 4));
	const body = state.help ? helpLines() : tableLines(state, size, rows - above.length - 1);
	return [...fill([...above, ...body], { columns, rows: rows - 1 }), fitLine([footLine(state)], columns)];
}

/** For `--once`: all rows, as many lines as it takes. */
export function drawOnce(state: TopState, columns: number): Line[] {
	const rows = rowsOf(state).rows.length + 2;
	const table = tableLines({ ...state, selected: undefined }, { columns, rows }, rows);
	return table.map((line) =>
		fitLine(
			line.map(({ text }) => plain(text)),
			columns,
		),
	);
}

function headLine(state: TopState, columns: number): Line {
	const { view, host, paused } = state;
	const sum = (name: 'requestsPerSecond' | 'errorsPerSecond') =>
		view.edges.reduce((total, edge) => total + edge[name], 0);
	const line: Line = [{ text: 'codexray top', style: 'bold' }, plain(` ${host}  `)];
	if (view.seconds === 0) line.push({ text: 'waiting for the first second', style: 'dim' });
	else {
		line.push(plain(`${count(view.edges.length, 'edge')}  ${rateText(sum('requestsPerSecond'))} req/s  `));
		const errors = sum('errorsPerSecond');
		line.push({ text: `${rateText(errors)} err/s`, style: errors > 0 ? 'bad' : 'plain' });
		if (view.lost > 0) line.push({ text: `  ${count(view.lost, 'kernel record')} lost`, style: 'bad' });
	}
	const mode = paused ? 'PAUSED' : `last ${Math.round(view.seconds)} s`;
	const used = line.reduce((length, piece) => length + piece.text.length, 0);
	line.push({ text: mode.padStart(columns - used), style: paused ? 'bad' : 'dim' });
	return line;
}

function tableLines(state: TopState, size: Size, height: number): Line[] {
	const lines: Line[] = [];
	const edge = openedEdge(state);
	if (state.opened !== undefined) lines.push(openedLine(state));
	const { rows, index } = rowsOf(state);
	const widths = layout(state, size.columns);
	lines.push(titleLine(state, widths));
	const room = Math.max(1, height - lines.length);
	// Whole pages: rows do not slide under the eye while the choice moves.
	const first = Math.floor(index / room) * room;
	for (const [i, row] of rows.slice(first, first + room).entries())
		lines.push(rowLine(row, widths, first + i === index && state.view.seconds > 0));
	if (rows.length === 0) lines.push([{ text: emptyWords(state, edge !== undefined), style: 'dim' }]);
	return lines;
}

function openedLine(state: TopState): Line {
	const [client, server] = state.opened!.split('\0') as [string, string];
	const edge = openedEdge(state);
	const line: Line = [{ text: `${shortName(client)} -> ${shortName(server)}`, style: 'bold' }];
	if (edge !== undefined && edge.detailed < 0.98)
		line.push({ text: `  tells of ${Math.round(edge.detailed * 100)} % of its requests`, style: 'dim' });
	return line;
}

function emptyWords(state: TopState, talks: boolean): string {
	if (state.view.seconds === 0) return '';
	if (state.filter !== '') return 'Nothing matches the filter.';
	if (state.opened === undefined) return 'No process of this host talks over TCP right now.';
	return talks ? 'No request was seen whose route is known.' : 'This edge is quiet now.';
}

function titleLine(state: TopState, widths: Map<Column, number>): Line {
	return [...widths].map(([column, width]) => {
		const { name } = column;
		const mark = state.sort.column === name ? (state.sort.descending ? 'v' : '^') : '';
		const title = state.opened !== undefined && name === 'client' ? 'ROUTE OR STATEMENT' : column.title;
		return { text: cell(title + mark, name, width), style: 'title' };
	});
}

function rowLine(row: Row, widths: Map<Column, number>, chosen: boolean): Line {
	return [...widths].map(([column, width]) => {
		const value = row.values[column.name];
		const bad = BAD.includes(column.name) && typeof value === 'number' && value > 0;
		return {
			text: cell(column.text(value as never), column.name, width),
			style: chosen ? 'chosen' : bad ? 'bad' : 'plain',
		};
	});
}

/** The columns that there is room for, and how wide each is. */
function layout(state: TopState, columns: number): Map<Column, number> {
	const all = COLUMNS.filter(({ name }) => state.opened === undefined || OF_DETAILS.includes(name));
	const names = all.filter(({ name }) => NAMES.includes(name)).length;
	const shown = [...all];
	const fixed = () => shown.reduce((sum, { width }) => sum + width, 0);
	const least = state.opened === undefined ? names * NAME_MIN : DETAIL_MIN;
	while (fixed() + least > columns) {
		const spare = Math.max(...shown.map((column) => column.spare));
		if (spare === 0) break;
		shown.splice(
			shown.findIndex((column) => column.spare === spare),
			1,
		);
	}
	const left = Math.max(names, columns - fixed());
	let extra = left % names;
	return new Map(
		shown.map((column) => [column, column.width || Math.floor(left / names) + (extra-- > 0 ? 1 : 0)]),
	);
}

function footLine(state: TopState): Piece {
	if (state.typing) return { text: `/${state.filter}_   enter keeps, escape clears`, style: 'bold' };
	const filter = state.filter === '' ? '' : `filter: ${state.filter}  `;
	const way = state.opened === undefined ? 'enter routes' : 'escape back';
	return {
		text: `${filter}q quit  ${way}  r e 9 m f sort  / filter  p ${state.paused ? 'go on' : 'pause'}  ? help`,
		style: 'dim',
	};
}

function helpLines(): Line[] {
	const sorts = Object.entries(SORT_KEYS)
		.map(([key, name]) => `${key} ${name}`)
		.join(', ');
	return [
		'',
		'up down pgup pgdn home end   choose a row',
		'enter                        routes and statements of the edge',
		'escape                       clears the filter; back',
		'/                            filter by name and protocol',
		'p space                      pause, go on',
		'q ctrl-c                     quit',
		`sort: ${sorts}`,
		'the same letter again turns the order',
		'',
		'Errors are answers of 5xx and statements that failed; FAIL/S are connections',
		'that were refused or ran into a timeout; OPEN are connections that are open now.',
		'(others) are callers elsewhere, or ones that are not told apart.',
		'',
		'any key closes this',
	].map((line) => [plain(line)]);
}

/** Figures stand right, names left, with a blank between columns. */
function cell(value: string, name: ColumnName, width: number): string {
	const shown = cut(printable(value), width - 1);
	return NAMES.includes(name) || name === 'protocol'
		? `${shown.padEnd(width - 1)} `
		: `${shown.padStart(width - 1)} `;
}

/** From the front: the end of a name and of a route says more. */
function cut(value: string, width: number): string {
	return value.length <= width ? value : `~${value.slice(value.length - width + 1)}`;
}

/** Names and routes come from outside: nothing of them may move the cursor or take more than one column. */
function printable(value: string): string {
	return value.replace(/[^\x20-\x7e\u00a1-\u02ff\u0370-\u03ff\u0400-\u04ff]/gu, '?');
}

const plain = (value: string): Piece => ({ text: value, style: 'plain' });
const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;

function fill(lines: Line[], { columns, rows }: Size): Line[] {
	const empty = Array.from({ length: Math.max(0, rows - lines.length) }, (): Line => []);
	return [...lines, ...empty].slice(0, rows).map((line) => fitLine(line, columns));
}

/** Cut or filled up to the width. */
function fitLine(line: Line, columns: number): Line {
	const fitted: Line = [];
	let left = columns;
	for (const { text: value, style } of line) {
		if (left === 0) break;
		const part = printable(value).slice(0, left);
		fitted.push({ text: part, style });
		left -= part.length;
	}
	if (left > 0)
		fitted.push({ text: ' '.repeat(left), style: fitted.at(-1)?.style === 'chosen' ? 'chosen' : 'plain' });
	return fitted;
}
