import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { builtModules } from '../testing/modules.ts';
import { mutate, Random } from '../testing/random.ts';
import { type Codec, createCodec } from './codec.ts';
import { CoreError } from './errors.ts';

interface SnappyWasm {
	initSync(module: Uint8Array): unknown;
	compress_raw(input: Uint8Array): Uint8Array;
	decompress_raw(input: Uint8Array): Uint8Array;
}

let codec: Codec;
let oracle: SnappyWasm;

beforeAll(async () => {
	codec = createCodec(await builtModules());
	const path = createRequire(import.meta.url).resolve('snappy-wasm');
	oracle = (await import('snappy-wasm')) as unknown as SnappyWasm;
	oracle.initSync(await readFile(path.replace(/(cjs|es)\/snappy\.js$/, 'es/snappy_bg.wasm')));
});

/** Bytes with the repetitions of real telemetry. */
function telemetry(lines: number, random: Random): Uint8Array {
	let text = '';
	for (let i = 0; i < lines; i++) {
		text += `http_requests_total{job="api-${random.below(9)}",status="${200 + random.below(4)}"} ${random.below(1e6)}\n`;
	}
	return new TextEncoder().encode(text);
}

describe('snappy', () => {
	test('compresses as well as snappy-wasm, and each reads the other', () => {
		const random = new Random(1);
		for (const input of [
			telemetry(10, random),
			telemetry(900, random),
			telemetry(20_000, random),
			random.bytes(100_000),
		]) {
			const ours = codec.snappyCompress(input);
			const theirs = oracle.compress_raw(input);
			expect(ours.length).toBeLessThanOrEqual(theirs.length * 1.01);
			expect(oracle.decompress_raw(ours)).toEqual(input);
			expect(codec.snappyUncompress(theirs, input.length)).toEqual(input);
		}
	});

	test('gives back every input', () => {
		const pieces = fc.array(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 60 })), {
			maxLength: 60,
		});
		fc.assert(
			fc.property(pieces, (runs) => {
				const input = Uint8Array.from(
					runs.flatMap(([bytes, times]) =>
						Array(times)
							.fill([...bytes])
							.flat(),
					),
				);
				const block = codec.snappyCompress(input);
				expect(codec.snappyUncompress(block, input.length)).toEqual(input);
				expect(oracle.decompress_raw(block)).toEqual(input);
			}),
			{ numRuns: 300 },
		);
	});

	test('20 000 damaged blocks: refused or read as the oracle reads them, never a trap', () => {
		const random = new Random(2);
		const blocks = [telemetry(3, random), telemetry(40, random), random.bytes(70), new Uint8Array(300)].map(
			(input) => codec.snappyCompress(input),
		);
		let accepted = 0;
		for (let i = 0; i < 20_000; i++) {
			const damaged = mutate(blocks[i % blocks.length]!, random);
			let ours: Uint8Array | undefined;
			try {
				ours = codec.snappyUncompress(damaged, 100_000);
			} catch (error) {
				expect(error).toBeInstanceOf(CoreError);
				expect((error as CoreError).code).not.toBe('CXR_CORE_TRAP');
			}
			if (ours !== undefined) {
				accepted++;
				expect(oracle.decompress_raw(damaged)).toEqual(ours);
			}
		}
		expect(accepted).toBeGreaterThan(100);
		expect(codec.traps).toBe(0);
	});
});
