import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unpackDebian } from '../../setup/debian-packages.mjs';
import { root } from '../product/product.ts';

const debian = await unpackDebian(root, 'containers', ['docker.io', 'containerd', 'runc', 'busybox-static']);

/** A temporary folder with a root file system of BusyBox, and daemons that run in it. */
export class RuntimeFiles {
	readonly dir = mkdtempSync(join(tmpdir(), 'codexray-runtime-'));
	readonly rootfs = join(this.dir, 'rootfs');
	/** PATH with the unpacked runtimes first. */
	readonly env: NodeJS.ProcessEnv;
	private readonly daemons: ChildProcess[] = [];

	constructor() {
		const folders = ['usr/bin', 'usr/sbin'].map((each) => join(debian, each));
		this.env = { ...process.env, PATH: [...folders, process.env.PATH].join(':') };
		for (const folder of ['bin', 'tmp', 'var/log', 'etc', 'proc', 'sys', 'dev'])
			mkdirSync(join(this.rootfs, folder), { recursive: true });
		copyFileSync(join(debian, 'bin/busybox'), join(this.rootfs, 'bin/busybox'));
		for (const applet of ['sh', 'sleep', 'usleep', 'head', 'tail', 'tr', 'dd', 'nc'])
			symlinkSync('busybox', join(this.rootfs, 'bin', applet));
	}

	/** Runs to its end; returns what it printed. Throws with what it said when it fails. */
	run(command: string, args: string[]): string {
		return execFileSync(command, args, {
			env: this.env,
			encoding: 'utf8',
			stdio: ['ignore', 'pipe', 'pipe'],
		});
	}

	daemon(command: string, args: string[]): ChildProcess {
		const child = spawn(command, args, { env: this.env, stdio: 'ignore' });
		this.daemons.push(child);
		return child;
	}

	async close(): Promise<void> {
		for (const daemon of this.daemons) {
			if (daemon.exitCode !== null) continue;
			const exited = new Promise((resolve) => daemon.once('exit', resolve));
			daemon.kill('SIGTERM');
			await exited;
		}
		rmSync(this.dir, { recursive: true, force: true });
	}
}
