import { formatBytes, formatCount, formatSeconds } from '../format/numbers.ts';

/** A value of a profile in its unit: CPU time, bytes, or things. */
export function formatValue(value: number, unit: string): string {
	if (unit === 'nanoseconds') return formatSeconds(value / 1e9);
	if (unit === 'bytes') return formatBytes(value);
	return formatCount(value);
}

const TYPES: Record<string, string> = {
	'ebpf:cpu:nanoseconds': 'CPU time',
	'go:profile_cpu:nanoseconds': 'CPU time (Go)',
	'go:heap_inuse_space:bytes': 'Heap in use',
	'go:heap_alloc_space:bytes': 'Heap allocated',
	'go:goroutine_goroutine:count': 'Goroutines',
};

/** A type of profile in words. */
export function typeWords(type: string): string {
	return TYPES[type] ?? type;
}
