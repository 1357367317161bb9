import { describe, expect, test } from 'vitest';
import { foldStacks, type Stack } from '../../testing/fold-stacks.ts';
import { layoutFlame } from './flame.ts';
import { focusPathOf, nodeOfPath } from './focus-path.ts';

function graph(stacks: Stack[]) {
	const flame = foldStacks(stacks);
	const layout = layoutFlame(flame);
	return {
		flame,
		nodes: flame.names.map((_, node) => node),
		pathOf: (node: number) => focusPathOf(flame, layout, node),
		nodeOf: (path: string | null) => nodeOfPath(flame, layout, path),
		/** The node at which the frames end. */
		find: (...frames: string[]) =>
			frames.reduce((parent, frame) => {
				const found = flame.names.findIndex(
					(name, node) => flame.parents[node] === parent && node > parent && flame.strings[name] === frame,
				);
				expect(found).toBeGreaterThan(parent);
				return found;
			}, 0),
	};
}

describe('a focus in the address', () => {
	test('reads as the names from the root', () => {
		const { pathOf, nodeOf, find } = graph([
			{ frames: ['main', 'net/http.serve', 'Parser::next'], value: 1 },
		]);
		const node = find('main', 'net/http.serve', 'Parser::next');
		expect(pathOf(node)).toBe('main,net/http.serve,Parser::next');
		expect(nodeOf('main,net/http.serve,Parser::next')).toBe(node);
		expect([pathOf(0), nodeOf(null), nodeOf('')]).toEqual([null, 0, 0]);
	});

	test('opens each node of a function that calls itself', () => {
		const { pathOf, nodeOf, find } = graph([
			{ frames: ['main', 'fib'], value: 5 },
			{ frames: ['main', 'fib', 'fib'], value: 3 },
			{ frames: ['main', 'fib', 'fib', 'fib'], value: 1 },
		]);
		const inner = find('main', 'fib', 'fib', 'fib');
		expect(pathOf(inner)).toBe('main,fib,fib,fib');
		expect(nodeOf('main,fib,fib,fib')).toBe(inner);
		expect(nodeOf('main,fib,fib')).toBe(find('main', 'fib', 'fib'));
	});

	test('opens the caller of a shared function that was clicked, not the widest', () => {
		const { pathOf, nodeOf, find } = graph([
			{ frames: ['read', 'alloc', 'lock'], value: 1 },
			{ frames: ['write', 'alloc', 'lock'], value: 9 },
		]);
		for (const frames of [
			['read', 'alloc'],
			['write', 'alloc'],
			['read', 'alloc', 'lock'],
		])
			expect(nodeOf(pathOf(find(...frames)))).toBe(find(...frames));
	});

	test.each([
		[
			'separators, spaces and brackets',
			['a,b', 'std::map<int, char>::at', '*star', 'Ünïcode', 'long'.repeat(30)],
		],
		['one name from two files', ['start|a.so', 'work|a.so', 'start|b.so']],
	])('leads back to each node: %s', (_what, frames) => {
		const { nodes, pathOf, nodeOf } = graph([
			{ frames, value: 2 },
			...frames.map((frame) => ({ frames: [frame], value: 1 })),
			{ frames: frames.toReversed(), value: 3 },
		]);
		for (const node of nodes) expect(nodeOf(pathOf(node))).toBe(node);
	});

	test('falls back to the longest beginning that is still there', () => {
		const { nodeOf, find } = graph([{ frames: ['main', 'handle', 'read'], value: 1 }]);
		expect(nodeOf('main,handle,gone,deeper')).toBe(find('main', 'handle'));
		expect(nodeOf('gone,handle')).toBe(0);
	});

	test('stays within a request line however deep the stack', () => {
		const deep = Array.from({ length: 1000 }, (_, i) => `shop.Handler.step${i}`);
		const { nodes, pathOf, nodeOf } = graph([{ frames: deep, value: 1 }]);
		const path = pathOf(nodes.length - 1)!;
		expect(path.length).toBeLessThan(10_000);
		expect(nodeOf(path)).toBe(nodes.length - 1);
	});
});
