/** How values of a type add up over time: `sum` of what was spent, `avg` of what was there. */
export type Aggregation = 'sum' | 'avg';

/** Types that say what was there when they were taken; every other one says what was spent. */
const GAUGES = new Set([
	'go:heap_inuse_objects:count',
	'go:heap_inuse_space:bytes',
	'go:goroutine_goroutine:count',
	'go_runtime:heap_inuse_objects:count',
	'go_runtime:heap_inuse_space:bytes',
]);

export function aggregationOf(type: string): Aggregation {
	return GAUGES.has(type) ? 'avg' : 'sum';
}
