import { join } from 'node:path';
import { until } from '../product/waiting.ts';
import { RuntimeFiles } from './runtime-files.ts';

/** A real dockerd with data of its own and no networks. */
export class Docker {
	private readonly files = new RuntimeFiles();
	readonly socket = join(this.files.dir, 'docker.sock');
	private readonly host = `unix://${this.socket}`;
	private readonly containers: string[] = [];

	async start(): Promise<void> {
		const { dir, rootfs } = this.files;
		const daemon = this.files.daemon('dockerd', [
			...['--data-root', join(dir, 'data'), '--exec-root', join(dir, 'exec')],
			...['--pidfile', join(dir, 'docker.pid'), '-H', this.host],
			...['--bridge=none', '--iptables=false', '--ip6tables=false'],
		]);
		await until(
			() => {
				if (daemon.exitCode !== null) throw new Error(`dockerd ended with ${daemon.exitCode}`);
				try {
					return this.docker('version');
				} catch {
					return undefined;
				}
			},
			() => 'dockerd does not answer',
		);
		this.files.run('tar', ['-C', rootfs, '-cf', join(dir, 'image.tar'), '.']);
		this.docker('import', join(dir, 'image.tar'), 'busybox:test');
	}

	/** Starts a shell script in a container; returns the container's id. */
	run(script: string, options: string[] = []): string {
		const id = this.docker(
			...['run', '-d', '--network', 'none', ...options, 'busybox:test', '/bin/sh', '-c', script],
		).trim();
		this.containers.push(id);
		return id;
	}

	/** Pid of the container's first process, as the host counts. */
	pid(id: string): number {
		return Number(this.docker('inspect', '--format', '{{.State.Pid}}', id));
	}

	async close(): Promise<void> {
		if (this.containers.length > 0) this.docker('rm', '-f', ...this.containers);
		await this.files.close();
	}

	private docker(...args: string[]): string {
		return this.files.run('docker', ['-H', this.host, ...args]);
	}
}
