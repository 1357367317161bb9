import { gunzipSync, gzipSync } from 'node:zlib';
import {
	Line,
	Location,
	Mapping,
	Function as PprofFunction,
	Profile,
	Sample,
	StringTable,
	ValueType,
} from 'pprof-format';
import { Random } from '../../core-as/testing/random.ts';

// CPU profiles of one binary: 300 locations, of 6 000 stacks (8 to 31 deep) 2 000 in each profile, two values a sample.

const LOCATIONS = 300;
const POOL = 6000;
const STACKS = 2000;
const NANOS_A_SAMPLE = 10_000_000;

/** Gzipped, as profiles travel. */
export function pprofBodies(count: number): Uint8Array[] {
	const random = new Random(7);
	const pool = stackPool(random);
	return Array.from({ length: count }, (_, i) => gzipSync(profileOf(chosen(pool, random), random, i)));
}

/** For all who are measured, in one piece: the chunks that are the default are put together again. */
export function unpacked(body: Uint8Array): Uint8Array {
	return gunzipSync(body, { chunkSize: 256 * 1024 });
}

/** Stacks of one program, leaf first: each leaves an earlier one at some caller. */
function stackPool(random: Random): number[][] {
	const pool: number[][] = [];
	while (pool.length < POOL) {
		const depth = 8 + random.below(24);
		const earlier = pool[random.below(pool.length + 1)] ?? [];
		const shared = earlier.slice(random.below(earlier.length)).slice(-depth + 1);
		const own = Array.from({ length: depth - shared.length }, () => 1 + random.below(LOCATIONS));
		pool.push([...own, ...shared]);
	}
	return pool;
}

/** `STACKS` of the pool, each once. */
function chosen(pool: number[][], random: Random): number[][] {
	const order = pool.slice();
	for (let i = 0; i < STACKS; i++) {
		const other = i + random.below(POOL - i);
		[order[i], order[other]] = [order[other]!, order[i]!];
	}
	return order.slice(0, STACKS);
}

function profileOf(stacks: number[][], random: Random, minute: number): Uint8Array {
	const stringTable = new StringTable();
	const type = (name: string, unit: string) =>
		new ValueType({ type: stringTable.dedup(name), unit: stringTable.dedup(unit) });
	const numbers = Array.from({ length: LOCATIONS }, (_, i) => i + 1);
	return new Profile({
		sampleType: [type('samples', 'count'), type('cpu', 'nanoseconds')],
		sample: stacks.map((locationId) => {
			const samples = 1 + random.below(20);
			return new Sample({ locationId, value: [samples, samples * NANOS_A_SAMPLE] });
		}),
		mapping: [
			new Mapping({
				...{ id: 1, memoryStart: 0x400000, memoryLimit: 0x900000, hasFunctions: true },
				filename: stringTable.dedup('/usr/bin/shop'),
			}),
		],
		location: numbers.map(
			(id) =>
				new Location({
					...{ id, mappingId: 1, address: 0x400000 + id * 4096 },
					line: [new Line({ functionId: id, line: id * 3 })],
				}),
		),
		function: numbers.map((id) => {
			const name = stringTable.dedup(`example.com/shop/package${id % 20}.(*Handler).function${id}`);
			const filename = stringTable.dedup(`/src/shop/package${id % 20}/file${id % 60}.go`);
			return new PprofFunction({ id, name, systemName: name, filename });
		}),
		stringTable,
		periodType: type('cpu', 'nanoseconds'),
		period: NANOS_A_SAMPLE,
		timeNanos: 1_700_000_000_000_000_000n + BigInt(minute) * 60_000_000_000n,
		durationNanos: 60_000_000_000n,
	}).encode();
}
