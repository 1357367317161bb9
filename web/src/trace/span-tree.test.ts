import { describe, expect, test } from 'vitest';
import type { Span } from '../api/trace-types.ts';
import { spanMatches, spanRows, toggleKey } from './span-rows.ts';
import { buildTree, serviceTimes } from './span-tree.ts';

const BEGIN = 1_700_000_000_000_000_000n;

/** `id parent start..end ms service name` */
function span(text: string): Span {
	const [spanId, parent, times, service = 'shop', ...name] = text.split(' ');
	const [from, to] = times!.split('..').map(Number) as [number, number];
	return {
		spanId: spanId!,
		parentSpanId: parent === '-' ? '' : parent!,
		name: name.join(' ') || 'work',
		kind: 'internal',
		service,
		start: Number(BEGIN / 1_000_000n) + from,
		startNs: String(BEGIN + BigInt(from * 1_000_000)),
		durationNs: String((to - from) * 1_000_000),
		status: { code: 'unset', message: '' },
		traceState: '',
		scope: { name: '', version: '' },
		attributes: { 'http.route': `/${spanId}` },
		resource: {},
		events: [],
		links: [],
	};
}

const tree = (...spans: string[]) => buildTree(spans.map(span));
const shape = (spans: string[]) =>
	tree(...spans).nodes.map(({ span: { spanId }, depth, orphan }) => `${depth}${spanId}${orphan ? '?' : ''}`);

describe('the tree', () => {
	test('children follow their parent by start, whatever the order they came in', () => {
		expect(shape(['c a 5..9', 'a - 0..10', 'b a 1..3', 'd c 6..7'])).toEqual(['0a', '1b', '1c', '2d']);
	});
	test('a missing parent makes a root, a circle is cut', () => {
		expect(shape(['a - 0..10', 'b gone 2..3'])).toEqual(['0a', '0b?']);
		expect(shape(['a b 0..10', 'b a 1..3', 'c c 4..5'])).toHaveLength(3);
	});
	test('clocks that differ change no time, and own time is never counted twice', () => {
		const { nodes, duration } = tree('a - 10..20', 'b a 5..15', 'c a 12..18');
		expect(nodes.map(({ start, end, self }) => [start, end, self])).toEqual([
			[5, 15, 2],
			[0, 10, 10],
			[7, 13, 6],
		]);
		expect(duration).toBe(15);
	});
	test('ten thousand spans under each other', () => {
		const deep = Array.from({ length: 10_000 }, (_, i) => `s${i} ${i ? `s${i - 1}` : '-'} 0..10`);
		expect(tree(...deep).nodes.at(-1)!.depth).toBe(9_999);
	});
	test('nothing', () => {
		expect(tree()).toMatchObject({ nodes: [], duration: 0 });
	});
});

describe('the critical path', () => {
	test('is what ended last, backwards; what ran beside it is not on it', () => {
		const { nodes } = tree('a - 0..10', 'b a 1..4', 'c a 2..9', 'd c 3..5', 'e c 4..8');
		const paths = Object.fromEntries(nodes.map(({ span: { spanId }, path }) => [spanId, path]));
		expect(paths).toEqual({
			a: [
				[0, 2],
				[9, 10],
			],
			b: [],
			c: [
				[2, 4],
				[8, 9],
			],
			d: [],
			e: [[4, 8]],
		});
	});
	test('covers the root exactly, and names the service that took the time', () => {
		const all = tree('a - 0..100 web', 'b a 10..90 api', 'c b 20..30 db', 'd b 40..85 db');
		expect(serviceTimes(all)).toEqual([
			{ service: 'db', ms: 55 },
			{ service: 'api', ms: 25 },
			{ service: 'web', ms: 20 },
		]);
	});
});

describe('the rows', () => {
	const calls = Array.from({ length: 9 }, (_, i) => `q${i} a ${i * 10}..${i * 10 + 5} db SELECT`);
	const all = tree('a - 0..100 web', ...calls, 'z q0 1..2 disk', 'x a 91..95 api', 'y a 92..93 log');
	const rows = (options: Partial<Parameters<typeof spanRows>[1]>) =>
		spanRows(all, { fold: true, critical: false, toggled: new Set(), ...options }).map(
			({ key, members, state }) => `${key}${members.length > 1 ? `x${members.length}` : ''} ${state}`,
		);
	test('siblings that do the same fold, and open again', () => {
		expect(rows({})).toEqual(['a open', 'q0x9 closed', 'x leaf', 'y leaf']);
		expect(rows({ toggled: new Set(['q0']) })).toHaveLength(13);
		expect(rows({ fold: false })).toHaveLength(13);
	});
	test('a row can be closed', () => {
		const [first] = spanRows(all, { fold: true, critical: false, toggled: new Set() });
		expect(rows({ toggled: new Set([toggleKey(first!)]) })).toEqual(['a closed']);
	});
	test('the critical path alone', () => {
		expect(rows({ critical: true, fold: false })).toEqual(
			rows({ fold: false }).filter((row) => row !== 'y leaf'),
		);
	});
	test('a search looks at names, services and attributes', () => {
		const found = all.nodes.filter((node) => spanMatches(node, 'ROUTE=/q3'));
		expect(found.map(({ span: { spanId } }) => spanId)).toEqual(['q3']);
		expect(all.nodes.filter((node) => spanMatches(node, 'select'))).toHaveLength(9);
	});
});
