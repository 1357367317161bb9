import { expect, test } from 'vitest';
import type { Status } from '../api/types.ts';
import type { MapEdge, MapGraph, MapNode } from './graph.ts';
import type { MapLayout } from './map-layout.ts';
import { walk } from './walk.ts';

const node = (id: string, status: Status = 'ok') => ({ id, box: 'shop', app: { id, status } }) as MapNode;
const [a, b, c, d] = [node('a'), node('b'), node('c', 'crit'), node('d')] as [
	MapNode,
	MapNode,
	MapNode,
	MapNode,
];
const edge = (from: MapNode, to: MapNode) => ({ id: `${from.id}>${to.id}`, from, to }) as MapEdge;
const graph = {
	nodes: [a, b, c, d],
	edges: [edge(a, b), edge(a, c), edge(c, d)],
	boxes: ['shop'],
	idle: [],
} as MapGraph;
const layout = {
	at: new Map([
		['a', [0, 100]],
		['b', [300, 90]],
		['c', [300, 300]],
		['d', [600, 300]],
	]),
} as unknown as MapLayout;

test('right to the nearest callee, left to the caller', () => {
	expect(walk(graph, layout, 'a', 'ArrowRight')).toBe('b');
	expect(walk(graph, layout, 'c', 'ArrowRight')).toBe('d');
	expect(walk(graph, layout, 'd', 'ArrowLeft')).toBe('c');
	expect(walk(graph, layout, 'd', 'ArrowRight')).toBeNull();
});

test('up and down stay in the namespace', () => {
	expect(walk(graph, layout, 'b', 'ArrowDown')).toBe('c');
	expect(walk(graph, layout, 'c', 'ArrowUp')).toBe('b');
	expect(walk(graph, layout, 'b', 'ArrowUp')).toBeNull();
});

test('without a selection trouble comes first', () => {
	expect(walk(graph, layout, null, 'ArrowRight')).toBe('c');
	expect(walk({ ...graph, nodes: [a, b] }, layout, null, 'ArrowDown')).toBe('a');
	expect(walk({ ...graph, nodes: [] }, layout, null, 'ArrowDown')).toBeNull();
});
