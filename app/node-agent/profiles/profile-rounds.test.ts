import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';
import { describe, expect, test } from 'vitest';
import { RECORD_KIND, type RecordInput } from '../../delivery/record.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { PlainFold } from '../testing/plain-fold.ts';
import type { CpuSampler, SampledProcesses, SamplerNumbers } from './cpu-sampler.ts';
import { ProfileRounds, profileUrl } from './profile-rounds.ts';
import type { StackColumns } from './stack-fold.ts';

const NO_NUMBERS: SamplerNumbers = {
	...{ taken: 0, kernelThread: 0, ignored: 0, noCount: 0, noStack: 0, empty: 0, noProcess: 0 },
	...{ lost: 0, unread: 0, errors: 0, lookupSeconds: 0, fill: 0, cpus: 2 },
};

/** Processes with one stack each: `leaf < comm`. */
class FakeSampler implements CpuSampler {
	readonly hertz = 100;
	processes: { pid: number; samples: number; leaf: string; refused?: boolean }[] = [];
	released = 0;
	failure: Error | undefined;

	async collect(): Promise<SampledProcesses> {
		if (this.failure) throw this.failure;
		return {
			pids: Uint32Array.from(this.processes, ({ pid }) => pid),
			cgroups: BigUint64Array.from(this.processes, () => 1n),
			samples: Float64Array.from(this.processes, ({ samples }) => samples),
			refused: Uint8Array.from(this.processes, ({ refused }) => (refused ? 1 : 0)),
		};
	}

	stacks(indices: Uint32Array): StackColumns {
		const chosen = Array.from(indices, (i) => this.processes[i]!);
		const names = ['', 'comm', ...chosen.map(({ leaf }) => leaf)];
		let end = 0;
		return {
			strings: {
				bytes: new TextEncoder().encode(names.join('')),
				ends: Uint32Array.from(names, (name) => {
					end += name.length;
					return end;
				}),
			},
			frameNames: Uint32Array.from(names.slice(1), (_, i) => i + 1),
			frameFiles: new Uint32Array(names.length - 1),
			frameLines: new Uint32Array(names.length - 1),
			stackEnds: Uint32Array.from(chosen, (_, i) => 2 * (i + 1)),
			stackFrames: Uint32Array.from(chosen.flatMap((_, i) => [i + 1, 0])),
			values: Float64Array.from(chosen, ({ samples }) => samples),
		};
	}

	release(): void {
		this.released++;
	}

	numbers(): SamplerNumbers {
		return NO_NUMBERS;
	}

	close(): void {}
}

function open(append: (record: RecordInput) => Promise<void> = async () => {}) {
	const clock = new ManualClock(1_000_000);
	const sampler = new FakeSampler();
	const fold = new PlainFold();
	const records: RecordInput[] = [];
	const errors: string[] = [];
	const log = {
		debug() {},
		info() {},
		warn() {},
		error: (text: string) => errors.push(text),
		child: () => log,
	};
	const containers: Record<number, string> = {
		...{ 1: '/docker/shop', 2: '/docker/shop', 3: '/k8s/prod/cart-6d4b75cb6d-x2x4v/app' },
	};
	const rounds = new ProfileRounds({
		...{ clock, sampler, fold, log },
		spool: {
			async append(record: RecordInput) {
				await append(record);
				records.push(record);
				return { segment: 0, offset: 0 };
			},
		},
		containerOf: (pid) => containers[pid],
		async named() {
			containers[4] = '/docker/young';
		},
		host: { name: 'node 1', id: 'abc' },
		pruneShare: 0.0025,
		batchId: () => new Uint8Array(16),
	});
	return { clock, sampler, fold, records, errors, rounds };
}

function numbers(rounds: ProfileRounds) {
	return rounds.stats().find(({ stage }) => stage === 'cpu_profiles');
}

describe('rounds of profiles', () => {
	test('of a container that has its name only at the end', async () => {
		const { sampler, records, rounds } = open();
		sampler.processes = [{ pid: 4, samples: 3, leaf: 'boot' }];
		await rounds.take();
		const query = new URLSearchParams(new TextDecoder().decode(records[0]!.sourceState));
		expect(query.get('container.id')).toBe('/docker/young');
	});

	test('one profile for each container, of all its processes', async () => {
		const { clock, sampler, fold, records, rounds } = open();
		sampler.processes = [
			{ pid: 1, samples: 5, leaf: 'pay' },
			{ pid: 3, samples: 2, leaf: 'add' },
			{ pid: 2, samples: 7, leaf: 'ship' },
			{ pid: 9, samples: 11, leaf: 'stranger' },
			{ pid: 1, samples: 13, leaf: 'secret', refused: true },
		];
		clock.advance(60_000);
		await rounds.take();
		expect(records).toHaveLength(2);
		expect(records.map(({ kind }) => kind)).toEqual([RECORD_KIND.profiles, RECORD_KIND.profiles]);
		const queries = records.map(
			({ sourceState }) => new URLSearchParams(new TextDecoder().decode(sourceState)),
		);
		expect(Object.fromEntries(queries[0]!)).toEqual({
			'service.name': '/docker/shop',
			'container.id': '/docker/shop',
			'host.name': 'node 1',
			'host.id': 'abc',
		});
		expect(queries[1]!.get('service.name')).toBe('/k8s/prod/cart');
		const profile = Profile.decode(gunzipSync(records[0]!.payload));
		const text = (i: unknown) => profile.stringTable.strings[Number(i)];
		expect(profile.sampleType.map(({ type, unit }) => [text(type), text(unit)])).toEqual([
			['ebpf:cpu:nanoseconds', 'nanoseconds'],
		]);
		expect(profile.sample.map(({ value }) => Number(value[0]))).toEqual([50_000_000, 70_000_000]);
		expect(profile.timeNanos).toBe(1_060_000n * 1_000_000n);
		expect(profile.durationNanos).toBe(60_000_000_000n);
		expect(fold.pruned).toBe(0.0025);
		expect(sampler.released).toBe(1);
		expect(numbers(rounds)).toMatchObject({
			received: 38,
			sent: 14,
			dropped: { no_service: 11, refused: 13, failed: 0 },
			errors: 0,
		});
	});

	test('a full spool drops the profile and counts its samples; the next one is tried', async () => {
		let full = true;
		const { sampler, records, errors, rounds } = open(async () => {
			const was = full;
			full = false;
			if (was) throw new Error('full');
		});
		sampler.processes = [
			{ pid: 1, samples: 5, leaf: 'pay' },
			{ pid: 3, samples: 2, leaf: 'add' },
		];
		await rounds.take();
		expect(records).toHaveLength(1);
		expect(numbers(rounds)).toMatchObject({ sent: 2, dropped: { failed: 5 }, errors: 1 });
		expect(errors).toHaveLength(1);
	});

	test('a round that fails is freed and does not end the next one', async () => {
		const { sampler, rounds, records } = open();
		sampler.failure = new Error('no');
		await rounds.take();
		sampler.failure = undefined;
		sampler.processes = [{ pid: 1, samples: 1, leaf: 'pay' }];
		await rounds.take();
		expect(records).toHaveLength(1);
		expect(sampler.released).toBe(2);
		expect(numbers(rounds)).toMatchObject({ errors: 1, sent: 1 });
	});
});

test('the query of a record joins that of the endpoint', () => {
	const state = new TextEncoder().encode('service.name=%2Fdocker%2Fa+b&host.id=1');
	expect(profileUrl('http://server/v1/profiles?tenant=x', state)).toBe(
		'http://server/v1/profiles?tenant=x&service.name=%2Fdocker%2Fa+b&host.id=1',
	);
});
