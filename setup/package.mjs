import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { runCommand } from './run-command.mjs';
import { root, setup, toolEnv } from './setup.mjs';

// `npm run package [-- core]`: packages of built JavaScript, as folders and as tarballs, in build/packages. Files keep the places
// that they have in the checkout, so that everything finds everything the same way.

const OUT = join(root, 'build/packages');
const workspace = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const SHARED = {
	version: workspace.version,
	license: workspace.license,
	type: 'module',
	engines: workspace.engines,
};
/** The demo's programs need packages that only a checkout has. */
const NO_PRODUCT = /\.(test|contract)\.ts$|(^|\/)testing\/|^hosts\/node\/demo\//;

if (!process.argv.includes('--ready')) await setup({ system: false, tolerant: false });

// Not before set-up, which installs it.
const ts = createRequire(import.meta.url)('typescript');
const compilerOptions = {
	...ts.convertCompilerOptionsFromJson(
		JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')).compilerOptions,
		root,
	).options,
	noEmit: false,
	allowJs: false,
	rewriteRelativeImportExtensions: true,
};

function write(path, content) {
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, content);
}

function writeManifest(dir, manifest) {
	write(join(dir, 'package.json'), `${JSON.stringify({ ...manifest, ...SHARED }, null, '\t')}\n`);
	for (const name of ['LICENSE', 'NOTICE']) cpSync(join(root, name), join(dir, name));
}

/** @codexray/core: the facade with its types, the components that it opens, and their contracts. */
function packCore(dir) {
	const program = ts.createProgram([join(root, 'core-as/facade/index.ts')], {
		...compilerOptions,
		declaration: true,
		rootDir: root,
		outDir: dir,
	});
	const { diagnostics } = program.emit(undefined, (path, text) => {
		const name = path.slice(join(dir, 'core-as/').length);
		// Declarations keep the names of sources, which are not there.
		const named = text.replace(/(['"]\.{1,2}\/[^'"]*)\.ts(['"])/g, '$1.js$2');
		write(join(dir, name), named.replaceAll('../../build/core/', '../components/'));
	});
	if (diagnostics.length > 0) throw new Error(ts.formatDiagnostics(diagnostics, formatHost));
	cpSync(join(root, 'build/core'), join(dir, 'components'), { recursive: true });
	cpSync(join(root, 'wit/codexray-core'), join(dir, 'wit'), { recursive: true });
	writeManifest(dir, {
		name: '@codexray/core',
		description: 'The hot paths of Codexray as WebAssembly components, behind typed functions',
		exports: {
			'.': { types: './facade/index.d.ts', default: './facade/index.js' },
			'./facade/*': './facade/*',
			'./components/*': './components/*',
			'./wit/*': './wit/*',
			'./package.json': './package.json',
		},
		files: ['facade', 'components', 'wit', 'NOTICE'],
	});
	cpSync(join(root, 'core-as/facade/README.md'), join(dir, 'README.md'));
}

const formatHost = {
	getCanonicalFileName: (name) => name,
	getCurrentDirectory: () => root,
	getNewLine: () => '\n',
};

/** codexray: the commands, what they run, and what is built for it. */
function packCodexray(dir) {
	for (const room of ['app', 'hosts/node']) {
		const paths = readdirSync(join(root, room), { recursive: true, encoding: 'utf8' });
		for (const path of paths.map((name) => join(room, name)).filter((name) => !NO_PRODUCT.test(name))) {
			if (path.endsWith('.ts')) write(join(dir, path.replace(/\.ts$/, '.js')), javascript(path));
			if (path.endsWith('.cjs'))
				write(join(dir, path), readFileSync(join(root, path), 'utf8').replaceAll(".ts'", ".js'"));
		}
	}
	for (const built of ['addon/codexray.node', 'bpf', 'web'])
		cpSync(join(root, 'build', built), join(dir, 'build', built), { recursive: true });
	writeManifest(dir, {
		name: 'codexray',
		description: workspace.description,
		bin: Object.fromEntries(
			['codexray', 'codexray-node-agent', 'codexray-cluster-agent'].map((name) => [
				name,
				`hosts/node/bin/${name}.cjs`,
			]),
		),
		files: ['app', 'hosts', 'build', 'NOTICE'],
		dependencies: { '@codexray/core': workspace.version, ...workspace.dependencies },
		optionalDependencies: workspace.optionalDependencies,
	});
	cpSync(join(root, 'hosts/node/README.md'), join(dir, 'README.md'));
}

function javascript(path) {
	const { outputText } = ts.transpileModule(readFileSync(join(root, path), 'utf8'), {
		// One file alone says not whether it is a module.
		compilerOptions: { ...compilerOptions, module: ts.ModuleKind.ESNext },
		fileName: path,
	});
	return outputText.replace(/(['"])(?:\.\.\/)+core-as\/facade\//g, '$1@codexray/core/facade/');
}

const PACKAGES = { core: packCore, codexray: packCodexray };
const names = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const unknown = names.filter((name) => !(name in PACKAGES));
if (unknown.length > 0) throw new Error(`There is no package ${unknown.join(', ')}.`);
for (const name of names.length > 0 ? names : Object.keys(PACKAGES)) {
	const dir = join(OUT, name);
	rmSync(dir, { recursive: true, force: true });
	PACKAGES[name](dir);
	const packed = await runCommand('npm', ['pack', '--json', '--pack-destination', OUT], {
		cwd: dir,
		env: toolEnv(),
	});
	const { filename, unpackedSize } = JSON.parse(packed.slice(packed.indexOf('[')))[0];
	console.log(`build/packages/${filename}: ${(unpackedSize / 1e6).toFixed(1)} MB unpacked`);
}
