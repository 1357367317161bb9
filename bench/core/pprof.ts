import type { CoreModules } from '../../core-as/facade/component.ts';
import { createCodec, createProfileFold } from '../../core-as/facade/index.ts';
import type { Measured } from '../rows.ts';
import { compare, sumOf } from './clock.ts';
import { goYardstick } from './go-yardstick.ts';
import { PlainMerge } from './plain-pprof.ts';
import { pprofBodies, unpacked } from './pprof-bodies.ts';

const PROFILES = 100;
const TYPES = [
	{ type: 'samples', unit: 'count' },
	{ type: 'cpu', unit: 'nanoseconds' },
];

interface GoResult {
	micros: number;
	samples: number;
	sums: number[];
}

/** Gzipped profiles decoded and merged into one profile, beside pprof-format with maps and google/pprof. */
export function measurePprof(modules: CoreModules): { row: Measured; note: string } {
	const codec = createCodec(modules);
	const fold = createProfileFold(modules);
	const bodies = pprofBodies(PROFILES);
	const ours = () => {
		fold.clear(TYPES.length);
		for (const body of bodies) fold.add(codec.decodePprofColumns(unpacked(body)));
		// What others merge into is a profile: ours is one that can be sent.
		return fold.pprof({ types: TYPES, timeNanos: 0n, durationNanos: 0n });
	};
	const plain = () => {
		const merge = new PlainMerge();
		for (const body of bodies) merge.add(body);
		return merge;
	};
	ours();
	const { stacks } = plain();
	const sums = TYPES.map((_, i) => [...stacks.values()].reduce((sum, { values }) => sum + values[i]!, 0));
	const totals = TYPES.map((_, kind) => fold.flame(1, kind).totals[0]!);
	if (String(sums) !== String(totals)) throw new Error(`BUG: the merges differ: ${sums} and ${totals}`);
	const micros = compare(
		[
			{ name: 'ours', run: () => ours().length },
			{ name: 'plain', run: () => plain().stacks.size },
			{ name: 'gunzip', run: () => sumOf(bodies, (body) => unpacked(body).length) },
		],
		{ rounds: 7, warmMillis: 1000, warmRuns: 2 },
	);
	const google = goYardstick<GoResult>('pprof', bodies);
	if (google && (String(google.sums) !== String(sums) || google.samples !== stacks.size))
		throw new Error(`BUG: google/pprof merges differently: ${JSON.stringify(google)}`);
	const rate = (time: number) => `${((PROFILES / time) * 1e6).toFixed(0)} profiles/s`;
	const overPlain = micros.plain! / micros.ours!;
	const overGoogle = google ? google.micros / micros.ours! : Number.NaN;
	return {
		row: {
			ours: rate(micros.ours!),
			rival: `pprof-format and JS ${rate(micros.plain!)}; google/pprof ${google ? rate(google.micros) : 'skipped'}`,
			ratio: `${overPlain.toFixed(2)}x; ${google ? `${overGoogle.toFixed(2)}x` : 'skipped'}`,
			ok: overPlain >= 5 && overGoogle >= 1,
		},
		note: `profiles of ${bodies[0]!.length} B gz, ${unpacked(bodies[0]!).length} B plain, merged into ${stacks.size} stacks; of ours ${((micros.gunzip! / micros.ours!) * 100).toFixed(0)} % is gunzip`,
	};
}
