import { describe, expect, test } from 'vitest';
import type { LiveEdge } from './live-view.ts';
import { countText, rateText, secondsText } from './top-figures.ts';
import { drawOnce, drawTop, type Line } from './top-screen.ts';
import { press, startState, type TopState } from './top-state.ts';

function edge(client: string, server: string, more: Partial<LiveEdge> = {}): LiveEdge {
	return {
		...{ client, server, protocols: ['http'], requestsPerSecond: 1, errorsPerSecond: 0 },
		latency: { p50: 0.001, p95: 0.002, max: 0.003 },
		...{ connectsPerSecond: 0, failedConnectsPerSecond: 0, activeConnections: 1 },
		...{ bytesSentPerSecond: 0, bytesReceivedPerSecond: 0, detailed: 1, details: [] },
		...more,
	};
}

const detail = (name: string, requestsPerSecond: number) => ({
	...{ protocol: 'http', detail: name, requestsPerSecond, errorsPerSecond: 0 },
	latency: { p50: 0.01, p95: 0.02, max: 0.03 },
});

const EDGES = [
	edge('/host/client', '/host/front', {
		...{ requestsPerSecond: 812.4, errorsPerSecond: 81.2, detailed: 0.5 },
		latency: { p50: 0.0161, p95: 0.0402, max: 0.055 },
		details: [detail('GET /orders/{id}', 2), detail('POST /orders', 5)],
	}),
	edge('/k8s/prod/front-1/web', '10.1.2.3:5432', { protocols: ['postgres'], requestsPerSecond: 90 }),
	edge('/docker/worker', '10.9.9.9:6379', {
		...{ protocols: [], requestsPerSecond: 0, failedConnectsPerSecond: 4.5, activeConnections: 0 },
		latency: { p50: null, p95: null, max: null },
	}),
];

const started = (edges = EDGES): TopState => ({
	...startState('node-7', []),
	view: { time: 1, seconds: 10, lost: 0, edges },
});
const text = (lines: Line[]) => lines.map((line) => line.map((piece) => piece.text).join(''));
const screen = (state: TopState, columns = 100, rows = 12) => text(drawTop(state, { columns, rows }));
const pressed = (state: TopState, ...keys: string[]): TopState =>
	keys.reduce((now, key) => {
		const next = press(now, key);
		if (next === 'quit') throw new Error(`${key} quits`);
		return next;
	}, state);
/** First words of the rows. */
const names = (state: TopState) =>
	screen(state)
		.slice(state.opened === undefined ? 2 : 3, -1)
		.map((line) => line.trim().split('  ')[0])
		.filter((name) => name !== '');
const chosen = (state: TopState) =>
	drawTop(state, { columns: 100, rows: 12 })
		.filter((line) => line[0]?.style === 'chosen')
		.map((line) => line[0]!.text.trim());

test('head, titles, rows by requests, keys', () => {
	expect(screen(started(), 100, 7).map((line) => line.trimEnd())).toEqual([
		'codexray top node-7  3 edges  902 req/s  81.2 err/s                                        last 10 s',
		'CLIENT               SERVER              PROTO     REQ/Sv  ERR/S    P50    P95    MAX   OPEN FAIL/S',
		'client               front               http         812   81.2   16ms   40ms   55ms      1      0',
		'prod/front-1/web     10.1.2.3:5432       postgres    90.0      0  1.0ms  2.0ms  3.0ms      1      0',
		'worker               10.9.9.9:6379       tcp            -      -      -      -      -      0    4.5',
		'',
		'q quit  enter routes  r e 9 m f sort  / filter  p pause  ? help',
	]);
});

test('before the first second it says that it waits', () => {
	const lines = screen(startState('node-7', []));
	expect(lines[0]).toContain('waiting for the first second');
	expect(lines.join('')).not.toContain('No process');
});

test('errors, failures and losses stand out', () => {
	const state = started();
	state.view.lost = 12;
	const bad = drawTop(state, { columns: 100, rows: 12 })
		.slice(0, 6)
		.flat()
		.filter(({ style }) => style === 'bad')
		.map((piece) => piece.text.trim());
	expect(bad).toEqual(['81.2 err/s', '12 kernel records lost', '4.5']);
});

describe('every size', () => {
	const states = [
		started(),
		pressed(started(), 'return'),
		pressed(started(), '?'),
		startState('x'.repeat(300), ['y'.repeat(300)]),
	];
	test.each([
		[40, 5],
		[41, 6],
		[62, 10],
		[80, 24],
		[119, 50],
		[400, 100],
	])('%i x %i is filled and not left', (columns, rows) => {
		for (const state of states) {
			const lines = screen(state, columns, rows);
			expect(lines).toHaveLength(rows);
			for (const line of lines) expect([...line]).toHaveLength(columns);
		}
	});

	test('a narrow one keeps names and requests', () => {
		expect(screen(started(), 46)[1]).toMatch(/^CLIENT +SERVER +REQ\/Sv +ERR\/S +P95 +$/);
		expect(screen(started(), 40)[1]).toMatch(/^CLIENT +SERVER +REQ\/Sv +ERR\/S +$/);
		expect(screen(started(), 55)[1]).toMatch(/REQ\/Sv +ERR\/S +P95 +FAIL\/S +$/);
	});

	test('a narrow one keeps room for routes', () => {
		expect(screen(pressed(started(), 'return'), 60)[2]).toMatch(
			/^ROUTE OR STATEMENT {13,}REQ\/Sv +ERR\/S +P50 +P95 +$/,
		);
	});

	test('too small a one says so', () => {
		expect(screen(started(), 39, 9)[0]).toContain('needs 40 x 5');
		expect(screen(started(), 20, 3)).toHaveLength(3);
	});
});

test('what is off stands above, and leaves room for rows', () => {
	const state = { ...started(), notes: ['a is off', 'b is off', 'c is off'] };
	expect(
		screen(state, 100, 12)
			.slice(1, 4)
			.map((line) => line.trim()),
	).toEqual(state.notes);
	expect(screen(state, 100, 6).join('\n')).toContain('client  ');
});

test('letters sort, and again turn the order', () => {
	expect(names(started())).toEqual(['client', 'prod/front-1/web', 'worker']);
	expect(names(pressed(started(), 'r'))).toEqual(['worker', 'prod/front-1/web', 'client']);
	expect(names(pressed(started(), 'f'))).toEqual(['worker', 'client', 'prod/front-1/web']);
	expect(names(pressed(started(), 'c'))).toEqual(['client', 'prod/front-1/web', 'worker']);
	expect(names(pressed(started(), 'c', 'c'))).toEqual(['worker', 'prod/front-1/web', 'client']);
	expect(names(pressed(started(), '9', '9'))).toEqual(['worker', 'prod/front-1/web', 'client']);
	expect(screen(pressed(started(), 'e'))[1]).toContain('ERR/Sv');
	expect(screen(pressed(started(), 'e', 'e'))[1]).toContain('ERR/S^');
});

test('the choice stays with its row when the order changes, and moves within the rows', () => {
	const down = pressed(started(), 'down');
	expect(chosen(down)).toEqual(['prod/front-1/web']);
	expect(chosen(pressed(down, 'c', 'c'))).toEqual(['prod/front-1/web']);
	expect(chosen(pressed(down, 'end', 'down'))).toEqual(['worker']);
	expect(chosen(pressed(down, 'home', 'up'))).toEqual(['client']);
	expect(chosen(started([]))).toEqual([]);
});

test('a long list turns its pages', () => {
	const many = started(
		Array.from({ length: 30 }, (_, i) => edge(`/host/p${i}`, '/host/s', { requestsPerSecond: 100 - i })),
	);
	expect(names(many)).toHaveLength(9);
	expect(names(pressed(many, ...Array<string>(9).fill('down')))[0]).toBe('p9');
	expect(names(pressed(many, 'end')).at(-1)).toBe('p29');
});

test('the filter takes what is typed, letters that are keys among it', () => {
	const typing = pressed(started(), '/', 'f', 'r', 'O');
	expect(screen(typing).at(-1)).toContain('/frO_');
	expect(names(typing)).toEqual(['client', 'prod/front-1/web']);
	const kept = pressed(typing, 'backspace', 'return');
	expect(screen(kept).at(-1)).toContain('filter: fr');
	expect(names(pressed(kept, 'escape'))).toHaveLength(3);
	expect(names(pressed(started(), '/', 'x', 'q'))).toEqual(['Nothing matches the filter.']);
});

test('enter opens an edge, escape goes back to its row', () => {
	const open = pressed(started(), 'return');
	expect(screen(open)[1]).toMatch(/^client -> front {2}tells of 50 % of its requests/);
	expect(names(open)).toEqual(['POST /orders', 'GET /orders/{id}']);
	expect(names(pressed(open, 'c'))).toEqual(['GET /orders/{id}', 'POST /orders']);
	const back = pressed(started(), 'end', 'return', 'escape');
	expect(chosen(back)).toEqual(['worker']);
	// The filter was for edges.
	const filtered = pressed(started(), '/', 'c', 'l', 'i', 'return', 'return');
	expect(names(filtered)).toHaveLength(2);
	expect(names(pressed(filtered, '/', 'p', 'o', 's', 't', 'return'))).toEqual(['POST /orders']);
	expect(pressed(filtered, '/', 'p', 'return', 'escape')).toMatchObject({
		filter: '',
		opened: filtered.opened,
	});
	const gone = { ...open, view: { ...open.view, edges: [] } };
	expect(names(gone)).toEqual(['This edge is quiet now.']);
});

test('pause, help, quit', () => {
	expect(screen(pressed(started(), 'p'))[0]).toMatch(/PAUSED$/);
	expect(screen(pressed(started(), 'p', 'space'))[0]).toMatch(/last 10 s$/);
	expect(screen(pressed(started(), '?'), 100, 24).join('\n')).toContain('routes and statements of the edge');
	expect(names(pressed(started(), '?', 'x'))).toHaveLength(3);
	expect(press(started(), 'q')).toBe('quit');
	expect(press(pressed(started(), '?'), 'q')).toBe('quit');
});

test('names from outside cannot take the terminal over', () => {
	const evil = 'a\x1b[2J\x07\u009b31m\u202e\u{1f4a9}漢';
	const state = started([edge(`/host/${evil}`, 'b\nc', { details: [detail(`GET /${evil}`, 1)] })]);
	for (const shown of [state, pressed(state, 'return'), { ...state, host: evil, notes: [evil] }]) {
		for (const line of screen(shown)) {
			expect(line).toMatch(/^[\x20-\x7e]*$/);
			expect(line).toHaveLength(100);
		}
	}
});

test('long names lose their front', () => {
	const state = started([edge('/k8s/a-very-long-namespace/a-pod-with-a-long-name/container', '/host/x')]);
	expect(screen(state)[2]).toMatch(/^~\S*name\/container x /);
});

test('printed once: all rows, nothing chosen, no keys', () => {
	const lines = drawOnce(started(), 100);
	expect(text(lines)).toHaveLength(4);
	expect(lines.flat().every(({ style }) => style === 'plain')).toBe(true);
});

test.each([
	[null, '-'],
	[0, '0'],
	[0.01, '<0.1'],
	[0.1, '0.1'],
	[99.94, '99.9'],
	[99.96, '100'],
	[9_999, '9999'],
	[10_000, '10.0k'],
	[123_456, '123k'],
	[1_234_567, '1.2M'],
])('%d per second is %s', (rate, words) => expect(rateText(rate)).toBe(words));

test.each([
	[null, '-'],
	[0.000_34, '340us'],
	[0.0034, '3.4ms'],
	[0.0099999, '10ms'],
	[0.34, '340ms'],
	[0.9999, '1.0s'],
	[12.34, '12.3s'],
	[120, '2min'],
])('%d seconds are %s', (seconds, words) => expect(secondsText(seconds)).toBe(words));

test('counts are short', () => {
	expect([0, 9_999, 12_345].map(countText)).toEqual(['0', '9999', '12k']);
});
