import assert from 'node:assert/strict';
import { builtModules } from '../testing/modules.ts';
import { flameNodes, topRows } from '../testing/plain-stacks.ts';
import { createCodec } from './codec.ts';
import { CoreError } from './errors.ts';
import { createProfileFold } from './profiles.ts';

/** Main calls leaf, which has another function inlined: 300 ns and 1 sample; main alone: 0 ns and 2 samples. */
const BODY = Uint8Array.from(
	[
		// Types: cpu in ns, n without a unit. Samples with packed values.
		'0a04 08011002 0a02 0803 1209 0a020201 1203ac0201 1207 0a0101 12020002',
		// Location 1 is main at line 5; 2 is inlined at line 7 into leaf at line 6.
		'2208 0801 220408011005 220e 0802 220408031007 220408021006',
		'2a04 08011004 2a04 08021005 2a04 08031006',
		'3200 3203637075 32026e73 32016e 32046d61696e 32046c656166 3207696e6c696e6564',
		'48e807 5002',
	]
		.join('')
		.replaceAll(' ', '')
		.match(/../g)!,
	(byte) => Number.parseInt(byte, 16),
);

async function opened() {
	const modules = await builtModules();
	return { codec: createCodec(modules), fold: createProfileFold(modules) };
}

/** What holds on every host. */
export const cases: Record<string, () => void | Promise<void>> = {
	async 'a profile goes through codec and fold, and comes out as flame graph, top list and profile'() {
		const { codec, fold } = await opened();
		const profile = codec.decodePprofColumns(BODY);
		assert.deepEqual(profile.types, [
			{ type: 'cpu', unit: 'ns' },
			{ type: 'n', unit: '' },
		]);
		assert.deepEqual([profile.timeNanos, profile.durationNanos, profile.period], [1000n, 2n, 0n]);
		fold.clear(2);
		fold.add(profile);
		fold.add(profile, 2);
		assert.deepEqual(
			[...flameNodes(fold.flame(100, 0))],
			[
				['', [900, 0, 0, 0]],
				[';main', [900, 0, 0, 0]],
				[';main;leaf', [900, 0, 0, 0]],
				[';main;leaf;inlined', [900, 900, 0, 0]],
			],
		);
		assert.deepEqual(
			[...topRows(fold.top(100, 1))],
			[
				['main', [6, 9, 0, 0]],
				['inlined', [3, 3, 0, 0]],
			],
		);
		const { types } = profile;
		const again = codec.decodePprofColumns(fold.pprof({ types, timeNanos: 1n, durationNanos: 0n }));
		assert.deepEqual([again.types, [...again.values].sort()], [types, [0, 3, 6, 900]]);
	},
	async 'a difference and a delta'() {
		const { codec, fold } = await opened();
		const profile = codec.decodePprofColumns(BODY);
		fold.clear(2);
		fold.add(profile, 3);
		fold.add(profile, 1, true);
		assert.deepEqual([...fold.flame(100).changes], [0, 0, 0, 0]);
		assert.equal(fold.delta([0]), false);
		assert.deepEqual([fold.flame(1, 0).totals[0], fold.flame(1, 1).totals[0]], [600, 9]);
	},
	async 'what is cut is refused with the place, and what does not fit in words'() {
		const { codec, fold } = await opened();
		const refused = (code: string, offset?: number) => (error: unknown) => {
			assert.ok(error instanceof CoreError, String(error));
			assert.deepEqual([error.code, error.offset], [code, offset]);
			return true;
		};
		assert.throws(
			() => codec.decodePprofColumns(BODY.subarray(0, -1)),
			refused('CXR_CORE_PPROF_CUT', BODY.length - 1),
		);
		assert.throws(() => fold.add(codec.decodePprofColumns(BODY)), refused('CXR_CORE_FOLD_BAD_SHAPE'));
		assert.equal(codec.traps + fold.traps, 0);
	},
};
