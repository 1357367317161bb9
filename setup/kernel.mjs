// Builds what runs in the kernel and what talks to it: build/bpf/*.bpf.o and build/addon/codexray.node.
// Plain JavaScript for Node 18 and newer, because it runs before the pinned Node does anything.
// x86-64 is tested. arm64: the BPF objects compile; the addon and the objects were never run there.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

const BPF_ARCHITECTURES = { x64: 'x86', arm64: 'arm64' };
const BPF_OBJECTS = ['sockets', 'process', 'profile'];
const DEBIAN_PACKAGES = ['clang', 'llvm', 'libbpf-dev', 'libelf-dev', 'zlib1g-dev', 'g++', 'binutils'];
const APT_COMMAND = `apt-get install -y --no-install-recommends ${DEBIAN_PACKAGES.join(' ')}`;

/**
 * Compiles the BPF objects and the addon into `root`/build, unless their sources have not changed.
 * @param {{ root: string, log?: (line: string) => void }} options
 * @returns {Promise<{ built: boolean }>}
 * @throws {Error} that names the missing tool or library and the command that installs it, or carries the
 * compiler's words.
 */
export async function buildKernel({ root, log = () => {} }) {
	const architecture = BPF_ARCHITECTURES[process.arch];
	if (process.platform !== 'linux' || architecture === undefined) {
		throw new Error(
			`The node agent needs Linux on x86-64 or arm64, this is ${process.platform} on ${process.arch}`,
		);
	}
	const paths = {
		bpf: join(root, 'bpf'),
		addon: join(root, 'hosts/node/addon'),
		bpfOut: join(root, 'build/bpf'),
		addonOut: join(root, 'build/addon'),
	};
	const stamp = join(paths.addonOut, 'sources.sha256');
	const digest = hashSources(paths, architecture);
	const products = [
		join(paths.addonOut, 'codexray.node'),
		...BPF_OBJECTS.map((name) => objectPath(paths, name)),
	];
	if (products.every((path) => existsSync(path)) && existsSync(stamp)) {
		if (readFileSync(stamp, 'utf8') === digest) return { built: false };
	}
	const libraries = await findLibraries(root);
	mkdirSync(paths.bpfOut, { recursive: true });
	mkdirSync(paths.addonOut, { recursive: true });
	for (const name of BPF_OBJECTS) {
		log(`bpf ${name}.bpf.o`);
		await compileBpf(paths, name, architecture);
	}
	log('addon codexray.node');
	await compileAddon(root, paths, libraries);
	writeFileSync(stamp, digest);
	return { built: true };
}

function objectPath(paths, name) {
	return join(paths.bpfOut, `${name}.bpf.o`);
}

function hashSources(paths, architecture) {
	const hash = createHash('sha256')
		.update(architecture)
		.update(readFileSync(fileURLToPath(import.meta.url)));
	for (const folder of [paths.bpf, join(paths.bpf, 'include'), paths.addon]) {
		for (const name of readdirSync(folder).sort()) {
			if (/\.(c|cc|h)$/.test(name)) hash.update(name).update(readFileSync(join(folder, name)));
		}
	}
	return hash.digest('hex');
}

/** Paths of the static libraries; checks first that every tool is there, so that nothing is half built. */
async function findLibraries(root) {
	const missing = [];
	for (const tool of ['clang', 'llvm-strip', 'g++', 'gcc', 'ar', 'objcopy']) {
		await run(tool, ['--version']).catch(() => missing.push(tool));
	}
	const found = {};
	for (const name of ['libbpf.a', 'libelf.a', 'libz.a', 'libstdc++.a']) {
		// Prints the bare name when there is no such file.
		const { stdout } = await run('gcc', [`-print-file-name=${name}`]).catch(() => ({ stdout: name }));
		found[name] = stdout.trim();
		if (!found[name].startsWith('/')) missing.push(name);
	}
	for (const header of ['bpf/libbpf.h', 'bpf/bpf_tracing.h']) {
		if (!existsSync(join('/usr/include', header))) missing.push(header);
	}
	if (missing.length > 0) {
		throw new Error(
			`Missing for the kernel build: ${missing.join(', ')}. On Debian and Ubuntu: ${APT_COMMAND}`,
		);
	}
	for (const name of ['node-addon-api', 'node-api-headers']) {
		if (!existsSync(join(root, 'node_modules', name))) {
			throw new Error(`Missing for the kernel build: npm package ${name}. Run: npm install`);
		}
	}
	return found;
}

async function compileBpf(paths, name, architecture) {
	const out = objectPath(paths, name);
	const flags = ['-O2', '-g', '-target', 'bpf', '-mcpu=v3', `-D__TARGET_ARCH_${architecture}`];
	// BPF_PROG makes functions whose context parameter is not always used.
	const warnings = ['-Wall', '-Wextra', '-Werror', '-Wno-unused-parameter'];
	await compile('clang', [...flags, ...warnings, '-c', join(paths.bpf, `${name}.bpf.c`), '-o', `${out}.new`]);
	// Drops DWARF; BTF, which the kernel and CO-RE need, stays.
	await compile('llvm-strip', ['-g', `${out}.new`]);
	renameSync(`${out}.new`, out);
}

async function compileAddon(root, paths, libraries) {
	const work = join(paths.addonOut, 'objects');
	rmSync(work, { recursive: true, force: true });
	mkdirSync(work, { recursive: true });
	const archives = await makeLinkable(work, libraries);
	const sources = readdirSync(paths.addon).filter((name) => /\.(c|cc)$/.test(name));
	const include = [
		join(root, 'node_modules/node-addon-api'),
		join(root, 'node_modules/node-api-headers/include'),
	];
	const shared = ['-O2', '-fPIC', '-fvisibility=hidden', '-Wall', '-Wextra', '-Werror'];
	const cxx = [
		'-std=c++17',
		'-DNAPI_VERSION=8',
		'-DNAPI_CPP_EXCEPTIONS',
		...include.flatMap((dir) => ['-isystem', dir]),
	];
	const compileOne = async (name) => {
		const object = join(work, `${name}.o`);
		const [compiler, ...own] = name.endsWith('.cc') ? ['g++', ...cxx] : ['gcc', '-std=gnu11'];
		await compile(compiler, [...own, ...shared, '-c', join(paths.addon, name), '-o', object]);
		return object;
	};
	const objects = await Promise.all(sources.map(compileOne));
	const out = join(paths.addonOut, 'codexray.node');
	// libstdc++ stays dynamic: linked statically it would need a newer glibc than Node does.
	const link = ['-shared', '-Wl,--exclude-libs,ALL', '-Wl,--gc-sections', '-s'];
	await compile('g++', [...link, '-o', `${out}.new`, ...objects, ...archives]);
	renameSync(`${out}.new`, out);
	rmSync(work, { recursive: true, force: true });
}

/**
 * Copies of libbpf.a and libelf.a that can be linked into a shared object: references that the
 * distribution compiled for executables only are renamed to functions in addon/static_libraries.c.
 */
async function makeLinkable(work, libraries) {
	const bpf = join(work, 'libbpf_shared.a');
	const elf = join(work, 'libelf_shared.a');
	const files = ['--redefine-sym', 'stat=addon_stat', '--redefine-sym', 'fstat=addon_fstat'];
	await compile('objcopy', ['--redefine-sym', 'stderr=addon_stderr', ...files, libraries['libbpf.a'], bpf]);
	await compile('objcopy', [...files, libraries['libelf.a'], elf]);
	await compile('ar', ['d', elf, 'elf_error.o']);
	// The demangler's way to stop in time is in the static library only.
	await run('ar', ['x', `--output=${work}`, libraries['libstdc++.a'], 'cp-demangle.o']);
	return [bpf, elf, libraries['libz.a'], join(work, 'cp-demangle.o')];
}

async function compile(command, args) {
	try {
		await run(command, args, { maxBuffer: 16 << 20 });
	} catch (error) {
		const words = String(error.stderr || error.message).trim();
		throw new Error(`${command} failed (${args[args.length - 1]}):\n${words.slice(0, 4000)}`);
	}
}

if (process.argv[1] && pathToFileURL(resolve(process.argv[1])).href === import.meta.url) {
	const root = dirname(dirname(fileURLToPath(import.meta.url)));
	try {
		const { built } = await buildKernel({ root, log: (line) => console.log(line) });
		if (!built) console.log('Kernel programs and addon are up to date');
	} catch (error) {
		console.error(error.message);
		process.exitCode = 1;
	}
}
