import type { ElkNode } from 'elkjs/lib/elk-api.js';
import { expect, test } from 'vitest';
import { LayoutCache } from './layout-cache.ts';
import { type Link, splitParts } from './namespace-layout.ts';

/** Puts the nodes in a line in the order in which they come. */
const line = {
	layout: async (graph: ElkNode): Promise<ElkNode> => ({
		...graph,
		width: 300 * (graph.children?.length ?? 0),
		height: 62,
		children: graph.children?.map((child, i) => ({ ...child, x: i * 300, y: 0 })),
	}),
};
const link = (from: string, to: string): Link => ({ id: `${from}>${to}`, from, to });

test('a refresh with the same applications lays out nothing', async () => {
	const cache = new LayoutCache(line);
	const first = await cache.content('shop', ['a', 'b'], [link('a', 'b')]);
	expect(await cache.content('shop', ['b', 'a'], [link('a', 'b')])).toBe(first);
	expect(cache.runs).toBe(1);
});

test('an application that left keeps its place free, and comes back to it', async () => {
	const cache = new LayoutCache(line);
	const first = await cache.content('shop', ['a', 'b', 'c'], [link('a', 'b'), link('b', 'c')]);
	expect(await cache.content('shop', ['a', 'b'], [link('a', 'b')])).toBe(first);
	expect(await cache.content('shop', ['a', 'b', 'c'], [link('a', 'b'), link('b', 'c')])).toBe(first);
});

test('a further link between linked applications moves nothing', async () => {
	const cache = new LayoutCache(line);
	const first = await cache.content('shop', ['a', 'b', 'c'], [link('a', 'b'), link('b', 'c')]);
	expect(await cache.content('shop', ['a', 'b', 'c'], [link('a', 'b'), link('b', 'c'), link('a', 'c')])).toBe(
		first,
	);
});

test('a new application or a first link lays out its own namespace only', async () => {
	const cache = new LayoutCache(line);
	const other = await cache.content('data', ['x', 'y'], [link('x', 'y')]);
	await cache.content('shop', ['a', 'b'], []);
	await cache.content('shop', ['a', 'b'], [link('a', 'b')]);
	await cache.content('shop', ['a', 'b', 'c'], [link('a', 'b')]);
	expect(cache.runs).toBe(4);
	expect(await cache.content('data', ['x', 'y'], [link('x', 'y')])).toBe(other);
});

test('large namespaces are cut into parts, nodes without links come last', () => {
	const nodes = Array.from({ length: 60 }, (_, i) => `n${String(i).padStart(2, '0')}`);
	const chain = nodes.slice(1, 55).map((id, i) => link(nodes[i] as string, id));
	const { parts, loose } = splitParts(nodes, chain);
	expect(parts.map((part) => part.length)).toEqual([40, 15]);
	expect(loose).toEqual(nodes.slice(55));
});
