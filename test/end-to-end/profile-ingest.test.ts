import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PlainSample, pprofBody } from '../../core-as/testing/pprof-body.ts';
import type { ProfileFlame, ProfileServices } from '../../web/src/api/profile-types.ts';
import { SignalServer } from '../product/signal-server.ts';
import { until } from '../product/waiting.ts';

// Profiles by plain HTTP into a real server with the real engine, and back through the API.

const CPU = 'ebpf:cpu:nanoseconds';
const INUSE = 'go:heap_inuse_space:bytes';
const MINUTE = 60_000;

const frame = (name: string, line = 0) => ({ name, file: '/usr/bin/shop', line });
const stack = (value: number, ...names: string[]): PlainSample => ({
	frames: names.map((name) => frame(name)),
	values: [value],
});

describe.each(['node', 'deno'] as const)('profiles on %s', (runtime) => {
	const dataDir = mkdtempSync(join(tmpdir(), 'codexray-profiles-'));
	let server: SignalServer;
	const now = Math.floor(Date.now() / MINUTE) * MINUTE;

	beforeAll(async () => {
		server = await SignalServer.start(dataDir, runtime);
	});
	afterAll(async () => {
		await server?.stop();
		rmSync(dataDir, { recursive: true, force: true });
	});

	const range = `from=${now - 10 * MINUTE}&to=${now}`;
	const flame = (query: string) => server.get<ProfileFlame>(`/api/profiles/flame?${query}`);

	function post(body: Uint8Array, query: Record<string, string>) {
		return server.post(`/v1/profiles?${new URLSearchParams(query)}`, 'application/octet-stream', body);
	}

	async function send(
		container: string,
		endsAgo: number,
		samples: PlainSample[],
		types = [{ type: CPU, unit: 'nanoseconds' }],
	) {
		const body = pprofBody({
			types,
			samples,
			timeNanos: BigInt(now - endsAgo) * 1_000_000n,
			durationNanos: BigInt(MINUTE) * 1_000_000n,
		});
		const answer = await post(gzipSync(body), {
			'service.name': '/docker/shop',
			'container.id': container,
			'host.name': 'node 1',
		});
		expect([answer.status, await answer.text()]).toEqual([200, '']);
	}

	/** Numbers of the nodes by the path of their names. */
	function paths(it: ProfileFlame): Record<string, (number | null)[]> {
		const found: Record<string, (number | null)[]> = {};
		const names: string[] = [];
		for (let i = 0; i < it.names.length; i++) {
			const own = it.strings[it.names[i]!]!;
			names[i] = i === 0 ? '' : `${names[it.parents[i]!]}/${own}`;
			found[names[i]!] = [it.totals[i]!, it.selfs[i]!, it.baseTotals?.[i] ?? null];
		}
		return found;
	}

	test('come back as one flame graph, by instance, with a base, and as pprof', async () => {
		await send('/docker/shop-1', MINUTE, [
			stack(70, 'hot', 'main', 'shop'),
			stack(20, 'cold', 'main', 'shop'),
		]);
		await send('/docker/shop-2', MINUTE, [stack(10, 'hot', 'main', 'shop')]);
		await send('/docker/shop-1', 5 * MINUTE, [stack(40, 'cold', 'main', 'shop')]);
		const all = await until(
			async () => {
				const found = await flame(`${range}&type=${CPU}&service=/docker/shop`).catch(() => undefined);
				return found?.total === 140 ? found : undefined;
			},
			() => 'the profiles do not come',
		);
		expect(all).toMatchObject({ type: CPU, unit: 'nanoseconds', baseTotal: null, baseTotals: null });
		expect(all).toMatchObject({ samples: 4, truncated: false, unnamed: null });
		expect(paths(all)).toEqual({
			'': [140, 0, null],
			'/shop': [140, 0, null],
			'/shop/main': [140, 0, null],
			'/shop/main/hot': [80, 80, null],
			'/shop/main/cold': [60, 60, null],
		});
		expect(all.instances).toEqual([
			{ instance: '/docker/shop-1', total: 130 },
			{ instance: '/docker/shop-2', total: 10 },
		]);
		expect(all.series).toHaveLength(all.times.length);
		expect(all.series.reduce((sum: number, value) => sum + (value ?? 0), 0)).toBeCloseTo(140);
		const one = await flame(`${range}&type=${CPU}&instance=${encodeURIComponent('/docker/shop-2')}`);
		expect(one.total).toBe(10);
		const diff = await flame(
			`from=${now - 3 * MINUTE}&to=${now}&baseFrom=${now - 10 * MINUTE}&baseTo=${now - 3 * MINUTE}&type=${CPU}`,
		);
		expect([diff.total, diff.baseTotal]).toEqual([100, 40]);
		expect(paths(diff)['/shop/main/cold']).toEqual([20, 20, 40]);
		const few = await flame(`${range}&type=${CPU}&maxNodes=4`);
		expect([few.names.length, few.truncated, few.total]).toEqual([4, true, 140]);

		const answer = await server.fetch(`/api/profiles/pprof?${range}&type=${CPU}&service=/docker/shop`);
		expect(answer.headers.get('content-disposition')).toMatch(/filename="ebpf-cpu-nanoseconds-.*\.pb\.gz"/);
		const profile = Profile.decode(gunzipSync(new Uint8Array(await answer.arrayBuffer())));
		expect(profile.sample.map(({ value }) => Number(value[0])).sort()).toEqual([60, 80]);
	});

	test('services and types', async () => {
		const types = [
			{ type: 'go:heap_alloc_space:bytes', unit: 'bytes' },
			{ type: INUSE, unit: 'bytes' },
		];
		for (const [container, ago, inUse] of [
			['/docker/shop-1', 2, 100],
			['/docker/shop-1', 1, 300],
			['/docker/shop-2', 1, 1000],
		] as const)
			await send(container, ago * MINUTE, [{ frames: [frame('make', 7)], values: [5, inUse] }], types);
		const inUse = await until(
			async () => {
				const found = await flame(`${range}&type=${INUSE}`);
				return found.samples === 3 ? found : undefined;
			},
			() => 'the heap profiles do not come',
		);
		// The mean of one instance and the other: (100 + 300 + 1000) over 1.5 profiles an instance.
		expect(inUse.total).toBeCloseTo(1400 / 1.5);
		const { services } = await server.get<ProfileServices>(`/api/profiles/services?${range}`);
		expect(services).toMatchObject([
			{
				service: '/docker/shop',
				application: null,
				types: [
					{ type: CPU, unit: 'nanoseconds', aggregation: 'sum', lastAt: now - MINUTE },
					{ type: 'go:heap_alloc_space:bytes', aggregation: 'sum' },
					{ type: INUSE, aggregation: 'avg' },
				],
			},
		]);
	});

	test('code without names comes with a hint', async () => {
		await send('/docker/js', MINUTE, [
			{ frames: [{ name: '[JIT] node', file: '', line: 0 }, frame('node')], values: [9] },
		]);
		const found = await until(
			async () => {
				const it = await flame(`${range}&type=${CPU}&instance=/docker/js`);
				return it.total > 0 ? it : undefined;
			},
			() => 'the profile does not come',
		);
		expect(found.unnamed).toMatchObject({ share: 1, runtime: 'node' });
		expect(found.unnamed!.hint).toContain('--perf-basic-prof');
	});

	test('what is no profile is refused with the place, and by a status that agents know', async () => {
		const service = { 'service.name': 'x' };
		const refused = async (body: Uint8Array, query: Record<string, string>) => {
			const answer = await post(body, query);
			const { code, detail } = (await answer.json()) as { code: string; detail?: string };
			return [answer.status, code, detail ?? ''];
		};
		expect(await refused(Uint8Array.of(0x0a, 5), service)).toEqual([
			400,
			'CXR_INGEST_MALFORMED',
			'the pprof profile is cut at byte 1 (05)',
		]);
		expect((await refused(Uint8Array.of(0x1f, 0x8b, 5), service))[2]).toMatch(/as gzip: it is cut off/);
		expect((await refused(new Uint8Array(0), {})).slice(0, 2)).toEqual([400, 'CXR_PROFILE_SERVICE']);
		const bomb = gzipSync(new Uint8Array(65 * 1024 * 1024));
		expect((await refused(bomb, service)).slice(0, 2)).toEqual([413, 'CXR_INGEST_TOO_LARGE']);
		const old = pprofBody({ types: [{ type: 't', unit: 'u' }], samples: [], timeNanos: 1n });
		expect((await refused(old, service))[2]).toMatch(/ends at 1970-01-01/);
		const none = await server.fetch(`/api/profiles/pprof?${range}&type=nothing`);
		expect([none.status, ((await none.json()) as { code: string }).code]).toEqual([404, 'CXR_PROFILE_TYPE']);
		const half = await server.fetch(`/api/profiles/flame?${range}&type=${CPU}&baseFrom=1`);
		expect(half.status).toBe(400);
	});
});
