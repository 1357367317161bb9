/** What a person chose in `codexray top`: a pure function of what was there and the key that was pressed. */

import type { LiveView } from './live-view.ts';
import { type ColumnName, rowsOf } from './top-rows.ts';

export interface TopState {
	/** Name of this host. */
	host: string;
	/** What is off, a sentence each. */
	notes: readonly string[];
	view: LiveView;
	sort: { column: ColumnName; descending: boolean };
	/** Rows that hold this text, in any case. */
	filter: string;
	/** Keys go into the filter. */
	typing: boolean;
	/** The view stands still. */
	paused: boolean;
	help: boolean;
	/** Key of the chosen row; the first one where it is not there. */
	selected: string | undefined;
	/** Key of the edge whose routes and statements are shown. */
	opened: string | undefined;
}

export function startState(host: string, notes: readonly string[]): TopState {
	return {
		...{ host, notes, filter: '', typing: false, paused: false, help: false },
		view: { time: 0, seconds: 0, lost: 0, edges: [] },
		sort: { column: 'requests', descending: true },
		selected: undefined,
		opened: undefined,
	};
}

/** Letters that sort; the same one again turns the order. */
export const SORT_KEYS: Readonly<Record<string, ColumnName>> = {
	c: 'client',
	v: 'server',
	r: 'requests',
	e: 'errors',
	5: 'p50',
	9: 'p95',
	m: 'max',
	o: 'open',
	f: 'fails',
};

/** @param key as node:readline names it: a character, or `up`, `return`, `escape`, `backspace` ... */
export function press(state: TopState, key: string): TopState | 'quit' {
	if (state.typing) return typed(state, key);
	if (state.help) return key === 'q' ? 'quit' : { ...state, help: false };
	const column = SORT_KEYS[key];
	if (column !== undefined) {
		const again = state.sort.column === column;
		// Names are read from A on, figures from the highest down.
		const descending = again ? !state.sort.descending : column !== 'client' && column !== 'server';
		return { ...state, sort: { column, descending } };
	}
	switch (key) {
		case 'q':
			return 'quit';
		case '/':
			return { ...state, typing: true };
		case 'p':
		case 'space':
			return { ...state, paused: !state.paused };
		case '?':
		case 'h':
			return { ...state, help: true };
		case 'return':
		case 'right':
			return opened(state);
		case 'escape':
		case 'backspace':
		case 'left':
			if (state.filter !== '') return { ...state, filter: '' };
			return state.opened === undefined ? state : { ...state, opened: undefined, selected: state.opened };
		default:
			return moved(state, key);
	}
}

function typed(state: TopState, key: string): TopState {
	if (key === 'return') return { ...state, typing: false };
	if (key === 'escape') return { ...state, typing: false, filter: '' };
	if (key === 'backspace') return { ...state, filter: [...state.filter].slice(0, -1).join('') };
	const character = key === 'space' ? ' ' : key;
	return [...character].length === 1 ? { ...state, filter: state.filter + character } : state;
}

function opened(state: TopState): TopState {
	const row = rowsOf(state).selected;
	if (state.opened !== undefined || row === undefined) return state;
	return { ...state, opened: row.key, selected: undefined, filter: '' };
}

const STEPS: Readonly<Record<string, number>> = {
	...{ up: -1, k: -1, down: 1, j: 1 },
	...{ pageup: -10, pagedown: 10, home: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY },
};

function moved(state: TopState, key: string): TopState {
	const step = STEPS[key];
	const { rows, index } = rowsOf(state);
	if (step === undefined || rows.length === 0) return state;
	const at = Math.min(rows.length - 1, Math.max(0, index + step));
	return { ...state, selected: rows[at]!.key };
}
