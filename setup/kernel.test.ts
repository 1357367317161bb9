import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildKernel } from './kernel.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

describe('buildKernel', () => {
	const path = process.env.PATH;
	let root: string;

	beforeEach(() => {
		root = mkdtempSync(join(tmpdir(), 'codexray-kernel-'));
		cpSync(join(ROOT, 'bpf'), join(root, 'bpf'), { recursive: true });
		mkdirSync(join(root, 'hosts/node'), { recursive: true });
		cpSync(join(ROOT, 'hosts/node/addon'), join(root, 'hosts/node/addon'), { recursive: true });
		symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
	});

	afterEach(() => {
		process.env.PATH = path;
		rmSync(root, { recursive: true });
	});

	it('names what is missing, and the command that installs it', async () => {
		process.env.PATH = '/nowhere';
		await expect(buildKernel({ root })).rejects.toThrow(
			/clang, llvm-strip, g\+\+.*libbpf\.a.*apt-get install .*libbpf-dev/,
		);
	});

	it('builds once, and again only when a source has changed', { timeout: 240_000 }, async () => {
		const lines: string[] = [];
		const log = (line: string) => lines.push(line);
		expect(await buildKernel({ root, log })).toEqual({ built: true });
		expect(lines).toEqual([
			'bpf sockets.bpf.o',
			'bpf process.bpf.o',
			'bpf profile.bpf.o',
			'addon codexray.node',
		]);
		expect(statSync(join(root, 'build/addon/codexray.node')).size).toBeGreaterThan(100_000);
		expect(await buildKernel({ root, log })).toEqual({ built: false });
		rmSync(join(root, 'build/bpf/process.bpf.o'));
		expect(await buildKernel({ root, log })).toEqual({ built: true });
	});
});
