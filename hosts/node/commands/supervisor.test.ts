import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { silentLogger } from '../../../app/logging/logger.ts';
import { type ChildProgram, startChild } from './child-program.ts';
import { Supervisor } from './supervisor.ts';

const dirs: string[] = [];
afterEach(() => {
	for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true });
});

function program(source: string) {
	const dir = mkdtempSync(join(tmpdir(), 'codexray-supervisor-'));
	dirs.push(dir);
	const file = join(dir, 'program.mjs');
	writeFileSync(file, source);
	return { name: 'program', command: process.execPath, args: [file] };
}

const LIVING = `console.log(JSON.stringify({ answer: 42 }));
process.stdin.on('end', () => process.exit(0)).resume();
process.on('SIGTERM', () => process.exit(0));`;

const alive = (pid: number) => {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
};

test('a child is ready when it says so, and gone after stop', async () => {
	const child = await startChild(program(LIVING));
	expect(child.ready).toEqual({ answer: 42 });
	await child.stop();
	expect(alive(child.pid)).toBe(false);
});

test('a child that ends before it is ready is an error with its exit code', async () => {
	await expect(startChild(program('process.exit(3)'))).rejects.toThrow(
		'program ended before it was ready: exit code 3',
	);
});

test('a child that never gets ready is ended', async () => {
	const command = { ...program('setInterval(() => {}, 1000)'), readyWithinMs: 300 };
	await expect(startChild(command)).rejects.toThrow('was not ready within 0.3 s');
});

test('a killed child runs again, and none after stop', async () => {
	const starts: ChildProgram[] = [];
	let second: () => void;
	const twice = new Promise<void>((resolve) => {
		second = resolve;
	});
	const command = program(LIVING);
	const supervisor = new Supervisor(
		() => command,
		silentLogger,
		(child) => {
			starts.push(child);
			if (starts.length === 2) second();
		},
	);
	await supervisor.start();
	process.kill(starts[0]!.pid, 'SIGKILL');
	await twice;
	expect(supervisor.restarts).toBe(1);
	await supervisor.stop();
	expect(starts.map((child) => alive(child.pid))).toEqual([false, false]);
});
