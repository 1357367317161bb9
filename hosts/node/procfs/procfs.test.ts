import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NodeHostFiles, NodeProcFiles } from './procfs.ts';

const root = mkdtempSync(join(tmpdir(), 'codexray-procfs-'));

beforeAll(() => {
	mkdirSync(join(root, '12/fd'), { recursive: true });
	mkdirSync(join(root, 'sys'));
	writeFileSync(join(root, '12/cmdline'), Buffer.from([0x61, 0xff, 0x00]));
	symlinkSync('/usr/bin/gone (deleted)', join(root, '12/exe'));
});

afterAll(() => rmSync(root, { recursive: true }));

test('reads a tree', () => {
	const proc = new NodeProcFiles(root);
	expect(proc.pids()).toEqual([12]);
	expect(proc.read('12/cmdline')).toBe('a\ufffd\0');
	expect(proc.link('12/exe')).toBe('/usr/bin/gone (deleted)');
	expect(proc.list('12').sort()).toEqual(['cmdline', 'exe', 'fd']);
});

test('what is not there is undefined or empty', () => {
	const proc = new NodeProcFiles(root);
	expect([proc.read('13/cgroup'), proc.link('13/exe'), proc.list('13/fd')]).toEqual([
		undefined,
		undefined,
		[],
	]);
});

test('files of the node: the first root that has them', () => {
	writeFileSync(join(root, 'id'), 'x\n');
	expect(new NodeHostFiles([join(root, 'absent'), root]).read('/id')).toBe('x\n');
	expect(new NodeHostFiles([root]).read('/nothing')).toBeUndefined();
});

test('the real /proc shows this process', () => {
	const proc = new NodeProcFiles();
	expect(proc.pids()).toContain(process.pid);
	expect(proc.link(`${process.pid}/exe`)).toBe(process.execPath);
	expect(proc.read(`${process.pid}/cgroup`)).toContain(':/');
});
