import { cp, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { componentEmbed, componentNew, componentWit, transpile } from '@bytecodealliance/jco';
import { main as asc } from 'assemblyscript/asc';
import { componentTransform } from './component-transform.ts';
import { patchDebugLog, patchLentLists, patchSyncTasks } from './patch.ts';
import { readWitPackage } from './wit.ts';

/** One component: its file name in `build/core`, its WIT world, and the memory at which an instance refuses to grow. */
interface ComponentPlan {
	name: string;
	world: string;
	/** 64 KiB pages. */
	maximumMemory: number;
	/** Functions of the generated JavaScript that lend their lists of numbers instead of copying them, and how many those are. */
	lending?: Readonly<Record<string, number>>;
}

const COMPONENTS: readonly ComponentPlan[] = [
	{
		name: 'codec',
		world: 'codec',
		maximumMemory: 8192,
		lending: { compress: 1, uncompress: 1, decodeV1: 36, decodeV2: 36, decodeLogs: 1, decodeSpans: 1 },
	},
	{ name: 'store', world: 'store', maximumMemory: 8192, lending: { decode: 4, decodeMatrix: 2 } },
	{ name: 'profiles', world: 'profiles', maximumMemory: 8192 },
	{ name: 'l7', world: 'l7-shard', maximumMemory: 4096 },
	{ name: 'logs', world: 'log-files', maximumMemory: 4096 },
];

export interface BuildCoreOptions {
	/** The top of the repository. */
	root: string;
	/** Where the components land; made if missing. Usually `build/core`. */
	outDir: string;
	/** Builds these alone and keeps the others as they are in `outDir`. */
	only?: readonly string[];
	log?: (line: string) => void;
}

/**
 * Builds every component of the core: AssemblyScript -> core module -> component -> JavaScript.
 * Writes `NAME.component.wasm`, `NAME.js`, `NAME.d.ts`, `NAME.core*.wasm` and the types of the interfaces.
 * Each step is asserted; nothing is left half written in `outDir`.
 */
export async function buildCore({
	root,
	outDir,
	only = [],
	log = () => {},
}: BuildCoreOptions): Promise<void> {
	const unknown = only.filter((name) => !COMPONENTS.some((plan) => plan.name === name));
	if (unknown.length > 0) throw new Error(`There is no component ${unknown.join(', ')}.`);
	const witSource = await readWitPackage(join(root, 'wit/codexray-core'));
	const files = new Map<string, Uint8Array>();
	for (const plan of COMPONENTS) {
		if (only.length > 0 && !only.includes(plan.name)) continue;
		const started = performance.now();
		const component = await buildComponent(root, witSource, plan);
		files.set(`${plan.name}.component.wasm`, component);
		for (const [path, bytes] of await bindings(component, plan)) files.set(path, bytes);
		log(`core: ${plan.name} ${(component.length / 1024).toFixed(1)} KiB in ${seconds(started)}`);
	}
	// Two builds at once must not mix their files.
	const staging = `${outDir}.${process.pid}.new`;
	await rm(staging, { recursive: true, force: true });
	if (only.length > 0) await cp(outDir, staging, { recursive: true });
	for (const [path, bytes] of files) {
		await mkdir(dirname(join(staging, path)), { recursive: true });
		await writeFile(join(staging, path), bytes);
	}
	await rm(outDir, { recursive: true, force: true });
	await rename(staging, outDir);
}

async function buildComponent(root: string, witSource: string, plan: ComponentPlan): Promise<Uint8Array> {
	// A dummy module exports exactly what the encoder expects: it is the source of the names.
	const dummy = await componentEmbed({ witSource, world: plan.world, dummy: true });
	const wanted = WebAssembly.Module.exports(new WebAssembly.Module(dummy.slice())).map((e) => e.name);
	const core = await compile(root, plan, wanted);
	const component = await componentNew(
		await componentEmbed({ binary: core, witSource, world: plan.world }),
		[],
	);
	const wit = await componentWit(component);
	if (/^\s*import /m.test(wit)) throw new Error(`${plan.name}: the component has imports:\n${wit}`);
	const expected = await componentWit(await componentNew(dummy, []));
	if (wit !== expected) throw new Error(`${plan.name}: its WIT differs from wit/:\n${wit}\n${expected}`);
	return component;
}

async function compile(root: string, plan: ComponentPlan, wanted: readonly string[]): Promise<Uint8Array> {
	let binary: Uint8Array | undefined;
	let messages = '';
	const sink = {
		write(chunk: string | Uint8Array) {
			messages += String(chunk);
		},
	};
	const { error } = await asc(
		[
			`core-as/assembly/worlds/${plan.name}/index.ts`,
			'--baseDir',
			root,
			'--config',
			'asconfig.json',
			'--maximumMemory',
			String(plan.maximumMemory),
			'--outFile',
			'core.wasm',
		],
		{
			stdout: sink,
			stderr: sink,
			transforms: [componentTransform(wanted)],
			writeFile(name, contents) {
				if (name.endsWith('.wasm') && typeof contents !== 'string') binary = contents;
			},
		},
	);
	if (error !== null) throw new Error(`${plan.name}: ${error.message}\n${messages}`);
	if (messages.includes('WARNING')) throw new Error(`${plan.name}: asc is not content\n${messages}`);
	if (binary === undefined) throw new Error(`${plan.name}: asc wrote no module\n${messages}`);
	return binary;
}

async function bindings(component: Uint8Array, plan: ComponentPlan): Promise<[string, Uint8Array][]> {
	const { name } = plan;
	const { files, imports } = await transpile(component, { name, instantiation: 'sync' });
	if (imports.length > 0) throw new Error(`${name}: the JavaScript imports ${imports.join(', ')}`);
	const entries: [string, Uint8Array][] = [];
	for (const [path, bytes] of Object.entries(files)) {
		if (path !== `${name}.js`) {
			entries.push([path, bytes]);
			continue;
		}
		let source = patchSyncTasks(patchDebugLog(new TextDecoder().decode(bytes)));
		for (const [functionName, lists] of Object.entries(plan.lending ?? {}))
			source = patchLentLists(source, functionName, lists);
		entries.push([path, new TextEncoder().encode(source)]);
	}
	return entries;
}

function seconds(since: number): string {
	return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

if (import.meta.main) {
	const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
	const outDir = join(root, 'build/core');
	await buildCore({ root, outDir, only: process.argv.slice(2), log: (line) => console.log(line) });
	console.log(`core: ${(await readdir(outDir)).length} files in build/core`);
}
