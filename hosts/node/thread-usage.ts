import { getHeapStatistics } from 'node:v8';
import type { ThreadUsage } from '../../app/node-agent/cost/usage.ts';

/** Of the thread that calls. */
export function threadUsage(): ThreadUsage {
	const { user, system } = process.threadCpuUsage();
	const { arrayBuffers, external } = process.memoryUsage();
	return {
		cpuSeconds: (user + system) / 1e6,
		heapBytes: getHeapStatistics().total_physical_size,
		bufferBytes: arrayBuffers,
		wasmBytes: Math.max(0, external - arrayBuffers),
	};
}
