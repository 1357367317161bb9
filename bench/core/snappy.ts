import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { CoreModules } from '../../core-as/facade/component.ts';
import { createCodec } from '../../core-as/facade/index.ts';
import type { Measured } from '../rows.ts';
import { compare } from './clock.ts';
import { goYardstick } from './go-yardstick.ts';
import { nativeSnappy } from './native-snappy.ts';
import { remoteWriteBody } from './remote-write-body.ts';

interface SnappyWasm {
	initSync(module: Uint8Array): unknown;
	compress_raw(input: Uint8Array): Uint8Array;
	decompress_raw(input: Uint8Array): Uint8Array;
}

const SIZES = { '64 KiB': 65_536, '1 MiB': 1_048_576 };

/** Both directions of the snappy block format on remote-write bodies, beside snappy-wasm, npm's snappy and golang/snappy. */
export async function measureSnappy(modules: CoreModules): Promise<{ row: Measured; notes: string[] }> {
	const codec = createCodec(modules);
	const theirs = (await import('snappy-wasm')) as unknown as SnappyWasm;
	const path = createRequire(import.meta.url).resolve('snappy-wasm');
	theirs.initSync(readFileSync(path.replace(/(cjs|es)\/snappy\.js$/, 'es/snappy_bg.wasm')));
	const whole = remoteWriteBody(5_000);
	const ratios: number[] = [];
	const speeds: number[] = [];
	const native = nativeSnappy();
	const nativeSpeeds: string[] = [];
	const goSpeeds: string[] = [];
	const notes: string[] = [];
	let small = true;
	for (const [name, size] of Object.entries(SIZES)) {
		const body = whole.slice(0, size);
		const block = codec.snappyCompress(body);
		const theirBlock = theirs.compress_raw(body);
		if (!Buffer.from(codec.snappyUncompress(theirBlock, size)).equals(body)) throw new Error('BUG: snappy');
		if (block.length > theirBlock.length) small = false;
		const compressed = compare([
			{ name: 'ours', run: () => codec.snappyCompress(body).length },
			{ name: 'theirs', run: () => theirs.compress_raw(body).length },
		]);
		const uncompressed = compare([
			{ name: 'ours', run: () => codec.snappyUncompress(block, size).length },
			{ name: 'theirs', run: () => theirs.decompress_raw(block).length },
		]);
		// Apart: what an addon allocates outside of the heap brings collections forward, which others would pay.
		const addon = native
			? compare([
					{ name: 'compress', run: () => native.compressSync(body).length },
					{ name: 'uncompress', run: () => native.uncompressSync(block).length },
				])
			: undefined;
		const go = goYardstick<Record<string, number>>('snappy', [body]);
		for (const [direction, micros] of Object.entries({ compress: compressed, uncompress: uncompressed })) {
			ratios.push(micros.theirs! / micros.ours!);
			speeds.push(size / micros.ours!);
			nativeSpeeds.push(addon ? (size / addon[direction]!).toFixed(0) : 'skipped');
			goSpeeds.push(go ? (size / go[direction]!).toFixed(0) : 'skipped');
			notes.push(
				`snappy ${direction} ${name}: ${(size / micros.ours!).toFixed(0)} MB/s, ${(micros.theirs! / micros.ours!).toFixed(2)}x`,
			);
		}
		notes.push(`snappy ${name}: ${block.length} B, snappy-wasm ${theirBlock.length} B`);
	}
	const mean = Math.exp(ratios.reduce((sum, it) => sum + Math.log(it), 0) / ratios.length);
	const worst = Math.min(...ratios);
	return {
		row: {
			rival: `snappy-wasm; npm snappy ${nativeSpeeds.join(', ')}; golang/snappy ${goSpeeds.join(', ')} MB/s`,
			ours: `${speeds.map((it) => it.toFixed(0)).join(', ')} MB/s`,
			ratio: `${mean.toFixed(2)}x; ${worst.toFixed(2)}x`,
			ok: mean >= 1.1 && worst >= 0.9 && small,
		},
		notes,
	};
}
