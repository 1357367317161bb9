import { getHeapStatistics } from 'node:v8';
import type { ThreadUsage } from '../../app/node-agent/cost/usage.ts';
import { componentMemory } from '../../core-as/facade/component.ts';

/** Of the thread that calls. */
export function threadUsage(): ThreadUsage {
	const { user, system } = process.threadCpuUsage();
	return {
		cpuSeconds: (user + system) / 1e6,
		heapBytes: getHeapStatistics().total_physical_size,
		bufferBytes: process.memoryUsage().arrayBuffers,
		wasmBytes: componentMemory(),
	};
}
