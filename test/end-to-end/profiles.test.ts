import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProfileFlame, ProfileServices } from '../../web/src/api/profile-types.ts';
import { Product } from '../product/product.ts';
import { until } from '../product/waiting.ts';

// Busy programs in C, Go and JavaScript, sampled by the real agent: what they do is on top of their flame graphs.

const CPU = 'ebpf:cpu:nanoseconds';
const INTERVAL_S = 5;
const hasGo = spawnSync('go', ['version']).status === 0;

const C = `
volatile unsigned long sum;
__attribute__((noinline)) void hot(void) { for (int i = 0; i < 1000000; i++) sum += i; }
__attribute__((noinline)) void middle(void) { hot(); sum++; }
__attribute__((noinline)) void outer(void) { middle(); sum++; }
int main(void) { for (;;) outer(); }
`;
const GO = `package main

var sum uint64

//go:noinline
func hot() { for i := uint64(0); i < 1000000; i++ { sum += i ^ sum } }

//go:noinline
func middle() { hot(); sum++ }

//go:noinline
func outer() { middle(); sum++ }

func main() { for { outer() } }
`;
const JS = `
let sum = 0;
function hot(n) { let s = 0; for (let i = 0; i < n; i++) s = (s + i * i) % 1000003; return s; }
function middle(n) { sum += hot(n); return sum; }
function outer(n) { return middle(n) + 1; }
function start() { for (;;) outer(1e6); }
start();
`;

interface Program {
	/** Its executable's name makes its container id. */
	name: string;
	/** Leaf and its three callers; Go puts the package before. */
	frames: string[];
	command: string;
	args: string[];
}

describe('profiles of real programs', () => {
	const dir = mkdtempSync(join(tmpdir(), 'codexray-busy-'));
	const children: ChildProcess[] = [];
	const programs: Record<string, Program> = {};

	beforeAll(async () => {
		writeFileSync(join(dir, 'busy.c'), C);
		// With more optimisation the leaf has no frame of its own, whatever the flags say.
		const flags = ['-O0', '-fno-omit-frame-pointer'];
		execFileSync('gcc', [...flags, '-o', join(dir, 'busy-c'), join(dir, 'busy.c')]);
		const cFrames = ['hot', 'middle', 'outer', 'main'];
		programs.c = { name: 'busy-c', frames: cFrames, command: join(dir, 'busy-c'), args: [] };
		if (hasGo) {
			writeFileSync(join(dir, 'busy.go'), GO);
			execFileSync('go', ['build', '-o', join(dir, 'busy-go'), join(dir, 'busy.go')], {
				env: { ...process.env, GO111MODULE: 'off', GOFLAGS: '', GOCACHE: join(dir, 'go-cache') },
			});
			const frames = cFrames.map((name) => `main.${name}`);
			programs.go = { name: 'busy-go', frames, command: join(dir, 'busy-go'), args: [] };
		}
		writeFileSync(join(dir, 'busy.mjs'), JS);
		// Links with names of their own: each is then an application of its own.
		for (const name of ['busy-js', 'nameless-js']) execFileSync('cp', [process.execPath, join(dir, name)]);
		programs.js = {
			name: 'busy-js',
			frames: ['hot', 'middle', 'outer', 'start'],
			command: join(dir, 'busy-js'),
			args: [
				'--perf-basic-prof',
				'--interpreted-frames-native-stack',
				'--no-turbo-inlining',
				'--no-maglev-inlining',
				join(dir, 'busy.mjs'),
			],
		};
		programs.nameless = {
			name: 'nameless-js',
			frames: [],
			command: join(dir, 'nameless-js'),
			args: [join(dir, 'busy.mjs')],
		};
		for (const { command, args } of Object.values(programs)) {
			children.push(spawn(command, args, { stdio: 'ignore', cwd: dir }));
		}
	}, 180_000);
	afterAll(async () => {
		for (const child of children) {
			child.kill('SIGKILL');
			rmSync(`/tmp/perf-${child.pid}.map`, { force: true });
		}
		rmSync(dir, { recursive: true, force: true });
	});

	/** Share of the total whose leaf has this name, and stands below the callers. */
	function shareOf(flame: ProfileFlame, frames: string[]): number {
		const nameOf = (node: number) => flame.strings[flame.names[node]!]!;
		let found = 0;
		for (const [node, self] of flame.selfs.entries()) {
			let at = node;
			const isWhole = frames.every((name) => {
				const own = nameOf(at);
				at = flame.parents[at]!;
				return own === name;
			});
			if (isWhole) found += self;
		}
		return found / flame.total;
	}

	/** The leaves with most of the time and their nearest callers, for whoever reads a failure. */
	function heaviest(flame: ProfileFlame): string {
		const leaves = flame.selfs
			.map((self, node) => ({ self, node }))
			.sort((a, b) => b.self - a.self)
			.slice(0, 5);
		return leaves
			.map(({ self, node }) => {
				const path: string[] = [];
				for (let at = node; at !== 0 && path.length < 8; at = flame.parents[at]!)
					path.push(`${flame.strings[flame.names[at]!]} (${flame.strings[flame.files[at]!]})`);
				return `${(self / flame.total).toFixed(3)} ${path.join(' < ')}`;
			})
			.join('\n');
	}

	describe.each(['node', 'deno'])('server on %s', (runtime) => {
		const product = new Product();
		let since = 0;

		beforeAll(async () => {
			await product.start(['--runtime', runtime], { CODEXRAY_PROFILE_INTERVAL: `${INTERVAL_S}s` });
			since = Date.now() - 1000;
		});
		afterAll(async () => {
			await product.remove();
		});

		/** The flame graph of a program, once there are two seconds of it. */
		async function flameOf({ name }: Program): Promise<ProfileFlame> {
			const query = new URLSearchParams({
				...{ from: String(since), to: String(Date.now() + 60_000), type: CPU },
				service: `/host/${name}`,
			});
			return until(
				async () => {
					const flame = await product.api<ProfileFlame>(`/api/profiles/flame?${query}`);
					// Stacks and instances are questions of their own: a profile may have come between them.
					const isOf = flame.instances.reduce((sum, { total }) => sum + total, 0);
					return flame.total >= 2e9 && flame.total === isOf ? flame : undefined;
				},
				() => `no profile of ${name}:\n${product.output}`,
				90_000,
			);
		}

		const cases: [string, string][] = [
			['c', 'C'],
			['go', 'Go'],
			['js', 'Node with --perf-basic-prof'],
		];
		test.each(cases)(
			'%s: the busy function is on top, below its callers (%s)',
			async (id) => {
				const program = programs[id];
				if (program === undefined) {
					console.log(`${id}: skipped, its compiler is not on this machine`);
					return;
				}
				const flame = await flameOf(program);
				expect(shareOf(flame, program.frames), heaviest(flame)).toBeGreaterThanOrEqual(0.9);
				expect(flame.unit).toBe('nanoseconds');
				expect(flame.unnamed).toBeNull();
				expect(flame.instances).toEqual([{ instance: `/host/${program.name}`, total: flame.total }]);
			},
			120_000,
		);

		test('Node without a perf map says how its functions get names', async () => {
			const flame = await flameOf(programs.nameless!);
			expect(flame.unnamed).toMatchObject({ runtime: 'nameless-js' });
			expect(flame.unnamed!.share).toBeGreaterThan(0.5);
			expect(flame.unnamed!.hint).toContain('--perf-basic-prof');
		}, 120_000);

		test('services name their application, and the agent says that it samples', async () => {
			const { services } = await product.api<ProfileServices>(`/api/profiles/services?from=${since}`);
			const busy = services.find(({ service }) => service === '/host/busy-c');
			expect(busy?.types).toMatchObject([{ type: CPU, unit: 'nanoseconds', aggregation: 'sum' }]);
			const metrics = await product.metrics();
			expect(metrics).toMatch(/codexray_agent_feature_status\{[^}]*feature="cpu_profiles"[^}]*\} 1\n/);
			expect(metrics).toMatch(/codexray_agent_stage_sent_total\{[^}]*stage="sender_profiles"[^}]*\} [1-9]/);
		});
	});
});
