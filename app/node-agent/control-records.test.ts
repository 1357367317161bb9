import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseIPv4 } from './addresses.ts';
import { decodeControlBatch } from './control-records.ts';
import { controlBatch } from './testing/control-batch.ts';

test('decodes every kind', () => {
	const address = parseIPv4('10.0.0.1')!;
	const batch = controlBatch(
		{ kind: 'start', pid: 7, parent: 3, cgroup: 99n, comm: 'sh' },
		{ kind: 'exec', pid: 7, cgroup: 99n, comm: 'fifteen-bytes-x' },
		{ kind: 'listen', pid: 7, cgroup: 99n, netns: 4026531833, port: 65535, address },
		{ kind: 'unlisten', pid: 0, netns: 4026531833, port: 65535, address },
		{ kind: 'exit', pid: 7, oomVictim: true },
	);
	const { records, unknown, error } = decodeControlBatch(batch);
	expect(error).toBeUndefined();
	expect(unknown).toBe(0);
	expect(records.map((record) => record.kind)).toEqual(['start', 'exec', 'listen', 'unlisten', 'exit']);
	expect(records[0]).toEqual({
		...{ kind: 'start', pid: 7, time: 1000n, cgroup: 99n, parent: 3, comm: 'sh' },
		oomVictim: false,
	});
	expect(records[1]).toMatchObject({ comm: 'fifteen-bytes-x', parent: 0 });
	expect(records[4]).toMatchObject({ oomVictim: true });
	expect(records[2]).toMatchObject({ netns: 4026531833, port: 65535, address });
});

test('keeps no view of the batch, whose buffer is reused', () => {
	const batch = controlBatch({ kind: 'listen', pid: 1, address: parseIPv4('10.0.0.1')! });
	const [record] = decodeControlBatch(batch).records;
	batch.fill(0);
	expect(record).toMatchObject({ address: parseIPv4('10.0.0.1')! });
});

test('skips kinds of a newer kernel side and says so', () => {
	const batch = controlBatch({ kind: 'exit', pid: 1 }, { kind: 'exit', pid: 2 });
	batch[8] = 99;
	const { records, unknown } = decodeControlBatch(batch);
	expect(unknown).toBe(1);
	expect(records).toMatchObject([{ pid: 2 }]);
});

test('a broken record ends the batch with its offset; what came before stays', () => {
	const batch = controlBatch({ kind: 'exit', pid: 1 }, { kind: 'exit', pid: 2 });
	const cut = decodeControlBatch(batch.subarray(0, batch.length - 1));
	expect(cut.records).toHaveLength(1);
	expect(cut.error?.message).toContain('At offset 56');
	batch[56] = 8;
	expect(decodeControlBatch(batch).error?.message).toContain('short process record');
});

test('no bytes whatever make it throw or loop', () => {
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 200 }), (batch) => {
			expect(decodeControlBatch(batch).records.length).toBeLessThanOrEqual(batch.length / 56);
		}),
	);
});
