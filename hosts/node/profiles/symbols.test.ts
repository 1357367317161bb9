import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadKernelAddon } from '../events/kernel-addon.ts';
import { BUILD_DIR } from '../events/testing/observed-kernel.ts';

const { symbols } = loadKernelAddon(BUILD_DIR);
const dir = mkdtempSync(join(tmpdir(), 'codexray-symbols-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function file(name: string, text: string | Uint8Array): string {
	const path = join(dir, name);
	writeFileSync(path, text);
	return path;
}

/** Code symbols with a size, as binutils read them. */
function functionsOf(path: string, flags: string[] = []): { start: bigint; size: bigint; name: string }[] {
	const text = execFileSync('nm', [...flags, '-S', '--defined-only', path], {
		encoding: 'utf8',
		maxBuffer: 64 << 20,
	});
	return [...text.matchAll(/^([0-9a-f]+) ([0-9a-f]+) [tTwW] ([^@\n]+)/gm)].map(([, start, size, name]) => ({
		start: BigInt(`0x${start}`),
		size: BigInt(`0x${size}`),
		name: name!,
	}));
}

const PROGRAM = `
int counter;
__attribute__((noinline)) int first(int n) { return counter += n; }
__attribute__((noinline)) int second(int n) { return first(n) + 1; }
__asm__(".globl bare\\n.type bare,@function\\nbare: nop\\nnop\\nnop\\nret\\n");
int main(void) { return second(3); }
`;

describe('ELF files', () => {
	const source = file('program.c', PROGRAM);
	const program = join(dir, 'program');
	execFileSync('gcc', ['-O1', '-Wl,--build-id', '-o', program, source]);

	test('every function of a real program is found at its first and last byte', () => {
		const functions = functionsOf(program);
		expect(functions.map(({ name }) => name)).toEqual(expect.arrayContaining(['main', 'first', 'second']));
		const first = symbols.elfNames(
			program,
			BigUint64Array.from(functions, ({ start }) => start),
		);
		const last = symbols.elfNames(
			program,
			BigUint64Array.from(functions, (f) => f.start + f.size - 1n),
		);
		expect(first).toEqual(functions.map(({ name }) => name));
		expect(last).toEqual(functions.map(({ name }) => name));
	});

	test('a symbol without a size reaches to the next one', () => {
		const text = execFileSync('nm', [program], { encoding: 'utf8' });
		const bare = BigInt(`0x${/^([0-9a-f]+) T bare$/m.exec(text)![1]}`);
		expect(symbols.elfNames(program, BigUint64Array.of(bare, bare + 3n))).toEqual(['bare', 'bare']);
	});

	test('what lies outside all functions has no name', () => {
		expect(symbols.elfNames(program, BigUint64Array.of(0n, 1n << 40n))).toEqual(['', '']);
	});

	test('a stripped library keeps its exported functions', () => {
		const library = join(dir, 'library.so');
		execFileSync('gcc', ['-O1', '-shared', '-fPIC', '-s', '-o', library, source]);
		const functions = functionsOf(library, ['-D']).filter(({ name }) => /^(first|second|main)$/.test(name));
		expect(functions).toHaveLength(3);
		expect(
			symbols.elfNames(
				library,
				BigUint64Array.from(functions, ({ start }) => start + 1n),
			),
		).toEqual(functions.map(({ name }) => name));
	});

	test('a stripped program takes its names from the debug file of its build id', () => {
		const stripped = join(dir, 'stripped');
		execFileSync('objcopy', ['--strip-all', program, stripped]);
		const functions = functionsOf(program);
		const address = BigUint64Array.from(functions, ({ start }) => start);
		expect(symbols.elfNames(stripped, address).filter((name) => name !== '')).toEqual([]);
		const notes = execFileSync('readelf', ['-n', program], { encoding: 'utf8' });
		const id = /Build ID: ([0-9a-f]+)/.exec(notes)![1]!;
		const folder = `/usr/lib/debug/.build-id/${id.slice(0, 2)}`;
		mkdirSync(folder, { recursive: true });
		const debug = join(folder, `${id.slice(2)}.debug`);
		execFileSync('objcopy', ['--only-keep-debug', program, debug]);
		try {
			expect(symbols.elfNames(stripped, address)).toEqual(functions.map(({ name }) => name));
		} finally {
			rmSync(debug);
		}
	});

	test('the functions of Node itself, of which there are many', () => {
		const wanted = functionsOf(process.execPath).filter(({ name }) => /^Builtins_.*Trampoline$/.test(name));
		expect(wanted.length).toBeGreaterThan(3);
		expect(
			symbols.elfNames(
				process.execPath,
				BigUint64Array.from(wanted, ({ start }) => start),
			),
		).toEqual(wanted.map(({ name }) => name));
	});

	test('damaged files are read without harm', () => {
		const bytes = readFileSync(program);
		let seed = 1;
		const random = (below: number) => {
			seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
			return seed % below;
		};
		const address = BigUint64Array.from(functionsOf(program), ({ start }) => start);
		for (let round = 0; round < 400; round++) {
			const broken = Uint8Array.from(bytes);
			// Mostly in the headers, where the offsets are.
			for (let i = 0; i < 4; i++) broken[random(random(2) ? 1024 : broken.length)] = random(256);
			const cut = random(4) === 0 ? random(broken.length) : broken.length;
			expect(symbols.elfNames(file('broken', broken.subarray(0, cut)), address)).toHaveLength(address.length);
		}
	});
});

const go = ['/usr/local/go/bin/go', '/usr/bin/go'].find((path) => {
	try {
		execFileSync(path, ['version']);
		return true;
	} catch {
		return false;
	}
});

describe.skipIf(go === undefined)('Go', () => {
	test('a stripped program is read through its function table', () => {
		file(
			'main.go',
			'package main\nimport "fmt"\n//go:noinline\nfunc hot() int { return 3 }\nfunc main() { fmt.Println(hot()) }\n',
		);
		const build = (name: string, flags: string[]) => {
			const out = join(dir, name);
			const env = { ...process.env, GOFLAGS: '-mod=mod', GO111MODULE: 'off', CGO_ENABLED: '0' };
			execFileSync(go!, ['build', ...flags, '-o', out, join(dir, 'main.go')], { cwd: dir, env });
			return out;
		};
		const whole = build('whole', []);
		const stripped = build('stripped-go', ['-ldflags=-s -w']);
		// Stripping changes no code address.
		const wanted = functionsOf(whole).filter(({ name }) =>
			/^(main\.(hot|main)|fmt\.Fprintln|runtime\.mallocgc)$/.test(name),
		);
		expect(wanted).toHaveLength(4);
		const inside = BigUint64Array.from(wanted, ({ start }) => start + 1n);
		expect(symbols.elfNames(stripped, inside)).toEqual(wanted.map(({ name }) => name));
		expect(symbols.elfNames(whole, inside)).toEqual(wanted.map(({ name }) => name));
	});
});

test('kallsyms: the nearest function below, no data, the exported name of several', () => {
	const path = file(
		'kallsyms',
		[
			'ffffffff81000000 T _stext',
			'ffffffff81000000 t start_alias',
			'ffffffff81000100 t do_one',
			'ffffffff81000180 d some_data',
			'ffffffff81000200 W weak_one',
			'ffffffffc0000000 t in_module\t[nf_tables]',
			'ffffffffc0000100 t bpf_prog_1234_on_sample\t[bpf]',
		].join('\n'),
	);
	const at = (low: bigint, base = 0xffffffff81000000n) => base + low;
	const module = 0xffffffffc0000000n;
	expect(
		symbols.kernelNames(
			path,
			BigUint64Array.of(at(0n), at(0x17fn), at(0x1ffn), at(0x200n), at(5n, module), at(0x150n, module), 7n),
		),
	).toEqual(['_stext', 'do_one', 'do_one', 'weak_one', 'in_module', 'bpf_prog_1234_on_sample', '']);
});

test('perf maps: later lines win; damaged lines are passed over', () => {
	const path = file(
		'perf-1.map',
		'1000 100 old one\n1080 10 inner\nnonsense\n2000 20 LazyCompile:*x /a.js:1\n1000 80 new one\n3000',
	);
	expect(
		symbols.perfMapNames(path, BigUint64Array.of(0x1000n, 0x1081n, 0x10f0n, 0x201fn, 0x2020n, 0x3000n)),
	).toEqual(['new one', 'inner', 'old one', 'LazyCompile:*x /a.js:1', '', '']);
});

test.each([
	['JS:*hot /app/a.js:12:30', { function: 'hot', file: '/app/a.js', line: 12 }],
	['JS:~hot file:///app/a.mjs:12:30', { function: 'hot', file: '/app/a.mjs', line: 12 }],
	['LazyCompile:hot /app/a.js:12', { function: 'hot', file: '/app/a.js', line: 12 }],
	['JS:^ /app/a.js:3:1', { function: '(anonymous)', file: '/app/a.js', line: 3 }],
	["JS:*'hot /app/a.js:12:30", { function: 'hot', file: '/app/a.js', line: 12 }],
	['JS:+next node:internal/timers:5:1', { function: 'next', file: 'node:internal/timers', line: 5 }],
	['Builtin:ArrayMap', { function: 'Builtin:ArrayMap', file: '', line: 0 }],
	['Lcom/shop/Cart;::total', { function: 'Lcom/shop/Cart;::total', file: '', line: 0 }],
])('name in a perf map: %s', (name, parts) => {
	expect(symbols.jitName(name)).toEqual(parts);
});

test('lines of maps', () => {
	const line = '7f3c1a000000-7f3c1a021000 r-xp 00001000 fd:01 131 /usr/lib/lib one.so (deleted)';
	expect(symbols.mapsLine(line)).toEqual({
		start: 0x7f3c1a000000n,
		end: 0x7f3c1a021000n,
		offset: 0x1000n,
		inode: 131n,
		path: '/usr/lib/lib one.so',
	});
	expect(symbols.mapsLine(line.replace('r-xp', 'r--p'))).toBeUndefined();
	expect(symbols.mapsLine('10-20 r-xp 00000000 00:00 0 ')).toMatchObject({ path: '', inode: 0n });
	expect(symbols.mapsLine('10-20 rwxp 00000000 00:01 99 /memfd:doublemapper (deleted)')).toMatchObject({
		path: '',
	});
	expect(symbols.mapsLine('10-20 r-xp 00000000 00:00 0 [vdso]')).toMatchObject({ path: '[vdso]' });
	expect(
		symbols.mapsLine('ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]'),
	).toBeUndefined();
	for (const text of ['', '-', '10-', 'zz-20 r-xp 0 0:0 0', '10-20 r-x', '10-20 r-xp'])
		symbols.mapsLine(text);
	const own = readFileSync('/proc/self/maps', 'utf8').split('\n');
	expect(own.filter((text) => symbols.mapsLine(text)?.path === process.execPath)).not.toEqual([]);
});

test('names of C++ and Rust', () => {
	expect(symbols.demangle('_ZN4shop4Cart5totalEi')).toBe('shop::Cart::total(int)');
	expect(
		symbols.demangle('_ZN4core3ptr42drop_in_place$LT$alloc..string..String$GT$17h0123456789abcdefE'),
	).toBe('core::ptr::drop_in_place<alloc::string::String>');
	expect(symbols.demangle('main')).toBe('main');
	expect(symbols.demangle('_Znonsense')).toBe('_Znonsense');
	// Each T doubles what comes before: a name that would fill the memory.
	const bomb = `_Z1fI${'1aIS'.repeat(3)}${'N1aI'.repeat(60)}i${'S_S_E'.repeat(60)}E`;
	expect(symbols.demangle(bomb).length).toBeLessThanOrEqual(1024);
	let type = '1a';
	for (let i = 0; i < 30; i++) type = `1bI${type}S${i === 0 ? '' : (i - 1).toString(36).toUpperCase()}_E`;
	expect(symbols.demangle(`_Z1f${type}`).length).toBeLessThanOrEqual(1100);
});
