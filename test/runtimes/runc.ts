import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RuntimeFiles } from './runtime-files.ts';

/** Containers that runc runs by itself, without network. */
export class Runc {
	private readonly files = new RuntimeFiles();
	private readonly names: string[] = [];

	/**
	 * Starts a shell script in a container; one of the same name must have ended.
	 * @param resources as in the OCI runtime specification, `linux.resources`
	 * @param mounts folders of this machine by where the container sees them
	 */
	run(
		name: string,
		script: string,
		resources: Record<string, unknown> = {},
		mounts: Record<string, string> = {},
	): void {
		const { dir, rootfs } = this.files;
		this.files.run('rm', ['-f', join(dir, 'config.json')]);
		this.files.run('runc', ['spec', '--bundle', dir]);
		const file = join(dir, 'config.json');
		const config = JSON.parse(readFileSync(file, 'utf8'));
		config.process.args = ['/bin/sh', '-c', script];
		config.process.terminal = false;
		delete config.process.rlimits;
		config.root.path = rootfs;
		Object.assign(config.linux.resources, resources);
		for (const [destination, source] of Object.entries(mounts))
			config.mounts.push({ destination, source, type: 'bind', options: ['rbind'] });
		// With the host's view of cgroups, as Docker and the kubelet do it on hosts with v1.
		config.linux.namespaces = config.linux.namespaces.filter(
			({ type }: { type: string }) => type !== 'cgroup',
		);
		writeFileSync(file, JSON.stringify(config));
		if (this.names.includes(name)) this.files.run('runc', ['delete', '--force', name]);
		else this.names.push(name);
		this.files.daemon('runc', ['run', '--detach', '--bundle', dir, name]);
	}

	/** `running`, `stopped`; undefined before it is there. */
	status(name: string): string | undefined {
		try {
			return JSON.parse(this.files.run('runc', ['state', name])).status;
		} catch {
			return undefined;
		}
	}

	/** Pid of the container's first process, as the host counts. */
	pid(name: string): number {
		return JSON.parse(this.files.run('runc', ['state', name])).pid;
	}

	async close(): Promise<void> {
		for (const name of this.names) this.files.run('runc', ['delete', '--force', name]);
		await this.files.close();
	}
}
