import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { aptInstall } from './apt.mjs';
import { DATABASE_PACKAGES, unpackDebian } from './debian-packages.mjs';
import { fingerprint, forget, isCurrent, markCurrent } from './fingerprint.mjs';
import { showStep } from './progress.mjs';
import { runCommand } from './run-command.mjs';
import { missingPackages } from './system-packages.mjs';

// All set-up of a checkout. This file and what it imports run on Node 18, before anything is installed.

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = join(root, 'node_modules', '.bin');

/** The Node that the project pins; only there after the first step. */
export const pinnedNode = join(bin, 'node');

/** Environment in which `node`, `npx` and the project's tools are the pinned ones. */
export const toolEnv = () => ({ ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` });

const runNode = (script) => runCommand(pinnedNode, script, { cwd: root, env: toolEnv() });

const NPM_INPUTS = ['package.json', 'package-lock.json'];
const BUILDS = [
	{
		name: 'WebAssembly components',
		key: 'core',
		inputs: ['wit', 'core-as/assembly', 'core-as/toolchain', 'asconfig.json', 'package-lock.json'],
		outputs: ['build/core/codec.js', 'build/core/store.js', 'build/core/l7.js'],
		run: () => runNode(['core-as/toolchain/build.ts']),
	},
	{
		name: 'eBPF programs and addon',
		key: 'kernel',
		inputs: ['bpf', 'hosts/node/addon', 'setup/kernel.mjs', 'package-lock.json'],
		outputs: ['build/addon/codexray.node'],
		needsSystem: true,
		run: () => runNode(['setup/kernel.mjs']),
	},
	{
		name: 'Pages',
		key: 'web',
		inputs: ['web', 'package-lock.json'],
		outputs: ['build/web/index.html'],
		run: () =>
			runNode([join(root, 'node_modules/vite/bin/vite.js'), 'build', '--config', 'web/vite.config.ts']),
	},
];

function installedPackages() {
	if (!existsSync(pinnedNode)) return false;
	return isCurrent(root, 'npm', fingerprint(root, NPM_INPUTS), ['node_modules/.package-lock.json']);
}

async function installPackages() {
	if (installedPackages()) return 'up to date';
	forget(root, 'npm');
	await runCommand('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root });
	if (!existsSync(pinnedNode)) {
		throw new Error(
			'npm did not install the pinned Node: its install scripts are switched off.\n' +
				'Allow them with: npm rebuild node && npm rebuild deno',
		);
	}
	markCurrent(root, 'npm', fingerprint(root, NPM_INPUTS));
	return `Node ${JSON.parse(readFileSync(join(root, 'node_modules/node/package.json'), 'utf8')).version}`;
}

async function installSystem(groups, allowed, say) {
	const { names, command, automatic } = missingPackages(groups);
	if (!names.length) return 'nothing missing';
	if (allowed && automatic) {
		say(`# ${command}`);
		await aptInstall(names);
		return `${names.length} installed`;
	}
	const how = command ? `Install with: ${command}` : `On Debian they are called: ${names.join(' ')}`;
	return `missing ${names.join(', ')}. ${how}`;
}

async function build(step) {
	const print = fingerprint(root, step.inputs, [step.key]);
	if (isCurrent(root, step.key, print, step.outputs)) return 'up to date';
	forget(root, step.key);
	await step.run();
	markCurrent(root, step.key, print);
}

/**
 * Does what is not yet done. Options: `system` (may install Debian packages), `tests` (also what tests need), `demo` (its databases),
 * `tolerant` (go on without the kernel part where its tools are missing; the agent then says what is off).
 */
export async function setup({ system = true, tests = false, demo = false, tolerant = true } = {}) {
	const groups = tests ? ['product', 'tests'] : ['product'];
	const count = 2 + BUILDS.length + (demo ? 1 : 0);
	await showStep(1, count, 'npm packages and the pinned Node', installPackages);
	await showStep(2, count, 'System packages', (say) => installSystem(groups, system, say));
	for (const [index, step] of BUILDS.entries()) {
		await showStep(index + 3, count, step.name, async () => {
			try {
				return await build(step);
			} catch (error) {
				if (!(step.needsSystem && tolerant)) throw error;
				return `not built; the node agent sees no connections, requests and profiles without. ${error.message}`;
			}
		});
	}
	if (demo) await showStep(count, count, 'Databases of the demo', () => getDatabases(system));
}

/** Unpacked where Debian's packages can be had; else the demo takes what is installed, or says what it lacks. */
async function getDatabases(allowed) {
	if (!allowed || !existsSync('/usr/bin/apt-get')) return 'those of this machine';
	try {
		await unpackDebian(root, 'databases', DATABASE_PACKAGES);
	} catch (error) {
		return `not there: ${error.message.split('\n')[0]}`;
	}
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const args = process.argv.slice(2);
	setup({ system: !args.includes('--no-system'), tests: args.includes('--tests'), tolerant: false }).catch(
		(error) => {
			console.error(`\nSet-up failed: ${error.message}`);
			process.exit(1);
		},
	);
}
