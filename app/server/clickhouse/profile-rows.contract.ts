import assert from 'node:assert/strict';
import { createCodec } from '../../../core-as/facade/index.ts';
import { builtModules } from '../../../core-as/testing/modules.ts';
import { pprofBody } from '../../../core-as/testing/pprof-body.ts';
import { readRowBinary } from '../../../core-as/testing/row-binary.ts';
import { COLUMNS } from './schema.ts';

// Holds what the component writes against the columns of the one schema.

const NOW = 1_800_000_000_000_000_000n;

export const cases: Record<string, () => void | Promise<void>> = {
	async 'profiles: every column has its value'() {
		const codec = createCodec(await builtModules());
		const body = pprofBody({
			types: [
				{ type: 'go:heap_alloc_objects:count', unit: 'count' },
				{ type: 'go:heap_alloc_space:bytes', unit: 'bytes' },
			],
			samples: [
				{
					frames: [{ name: 'größe', file: 'shop.go', line: 17 }, 0xabc],
					values: [3, 4096],
				},
				{ frames: [], values: [0, 0] },
			],
			timeNanos: NOW,
			durationNanos: 60_000_000_000n,
		});
		const source = {
			service: '/docker/shop',
			container: '/docker/shop-1',
			host: 'node 1',
			labels: { 'host.id': 'x', pod: 'y'.repeat(300) },
		};
		const { block, count, start, end } = codec.decodePprof(body, source, NOW + 1n);
		const rows = readRowBinary(block, COLUMNS.profiles);
		assert.equal(count, 1);
		assert.deepEqual([start, end], [NOW - 60_000_000_000n, NOW]);
		const { stack_hash, ...row } = rows[0]!;
		assert.notEqual(stack_hash, 0n);
		assert.deepEqual(row, {
			service_name: '/docker/shop',
			container_id: '/docker/shop-1',
			host_name: 'node 1',
			labels: [
				['host.id', 'x'],
				['pod', 'y'.repeat(300)],
			],
			start,
			end,
			types: ['go:heap_alloc_objects:count', 'go:heap_alloc_space:bytes'],
			units: ['count', 'bytes'],
			values: [3n, 4096n],
			functions: ['größe', '0xabc'],
			files: ['shop.go', '/usr/bin/stripped'],
			lines: [17, 0],
		});
	},
};
