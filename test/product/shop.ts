import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from './product.ts';

/** What a client program printed at its end. */
export interface ClientReport {
	counts: Record<string, number>;
	/** Seconds, sorted. */
	latencies: number[];
}

interface Program {
	child: ChildProcess;
	line: Promise<Record<string, unknown>>;
}

/** A front that calls a back, on this machine or in two containers, and the clients that call the front. */
export interface Shop {
	/** Names under which the four programs appear. */
	names: { front: string; back: string; client: string; visitor: string };
	front: { host: string; port: number };
	back: { host: string; port: number };
	/** Requests over 20 kept connections. */
	keepAlive(total: number): Promise<ClientReport>;
	/** Requests over a new connection each. */
	newConnections(total: number): Promise<ClientReport>;
	close(): void;
}

function firstLine(child: ChildProcess, name: string): Promise<Record<string, unknown>> {
	return new Promise((resolve, reject) => {
		createInterface({ input: child.stdout! }).once('line', (line) => {
			try {
				resolve(JSON.parse(line) as Record<string, unknown>);
			} catch {
				reject(new Error(`${name} said: ${line}`));
			}
		});
		child.once('exit', (code, signal) => reject(new Error(`${name} ended: ${signal ?? code}`)));
	});
}

/** Programs appear under the name of their executable, so each gets a link of Node with a name of its own. */
class Executables {
	readonly dir = mkdtempSync(join(tmpdir(), 'codexray-shop-'));
	private readonly children: ChildProcess[] = [];

	link(name: string): string {
		const path = join(this.dir, name);
		try {
			linkSync(process.execPath, path);
		} catch {
			copyFileSync(process.execPath, path);
		}
		return path;
	}

	start(command: string, args: string[], name: string): Program {
		const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
		child.stdin.on('error', () => {});
		this.children.push(child);
		return { child, line: firstLine(child, name) };
	}

	close(): void {
		for (const child of this.children) child.kill('SIGKILL');
		rmSync(this.dir, { recursive: true, force: true });
	}
}

const program = (name: string) => join(root, 'test/programs', `${name}.mjs`);

/** Four digits that keep names of runs apart. */
const tag = () => String(Math.floor(Math.random() * 9000) + 1000);

function clients(executables: Executables, names: Shop['names'], front: Shop['front']) {
	const run = async (name: string, total: number, mode: string) => {
		const words = [program('client'), front.host, String(front.port), String(total), '20', mode];
		return (await executables.start(executables.link(name), words, name).line) as unknown as ClientReport;
	};
	return {
		keepAlive: (total: number) => run(names.client, total, 'kept'),
		newConnections: (total: number) => run(names.visitor, total, 'fresh'),
	};
}

const portOf = async (started: Program) => Number((await started.line).port);

/** All four as plain processes on loopback. */
export async function bareShop(): Promise<Shop> {
	const executables = new Executables();
	const suffix = tag();
	const names = {
		front: `front-${suffix}`,
		back: `back-${suffix}`,
		client: `client-${suffix}`,
		visitor: `visitor-${suffix}`,
	};
	const host = '127.0.0.1';
	const start = (name: string, file: string, ...words: string[]) =>
		executables.start(executables.link(name), [program(file), ...words], name);
	const back = { host, port: await portOf(start(names.back, 'back', host, '0')) };
	const front = { host, port: await portOf(start(names.front, 'front', host, '0', host, String(back.port))) };
	return { names, front, back, ...clients(executables, names, front), close: () => executables.close() };
}

const quietly = (command: string, ...args: string[]) => {
	try {
		execFileSync(command, args, { stdio: 'ignore' });
	} catch {
		// Cleaning up what may not be there.
	}
};
const ip = (...args: string[]) => execFileSync('ip', args);

/** A bridge in the host's network namespace and one namespace a container, joined by veth pairs. */
class Network {
	private readonly third = Math.floor(Math.random() * 200) + 20;
	private readonly namespaces: string[] = [];

	private readonly suffix: string;

	constructor(suffix: string) {
		this.suffix = suffix;
		ip('link', 'add', this.bridge, 'type', 'bridge');
		ip('addr', 'add', `${this.address(1)}/24`, 'dev', this.bridge);
		ip('link', 'set', this.bridge, 'up');
	}

	private get bridge() {
		return `cxbr${this.suffix}`;
	}

	private address(last: number) {
		return `10.231.${this.third}.${last}`;
	}

	/** Makes a namespace with the address ending in `last`; returns its path and address. */
	add(name: string, last: number) {
		const namespace = `${name}-ns`;
		const outside = `cx${last}v${this.suffix}`;
		ip('netns', 'add', namespace);
		this.namespaces.push(namespace);
		ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
		ip('link', 'set', outside, 'master', this.bridge, 'up');
		const inside = ['-n', namespace];
		ip(...inside, 'addr', 'add', `${this.address(last)}/24`, 'dev', 'eth0');
		ip(...inside, 'link', 'set', 'lo', 'up');
		ip(...inside, 'link', 'set', 'eth0', 'up');
		return { path: `/var/run/netns/${namespace}`, address: this.address(last) };
	}

	close(): void {
		for (const namespace of this.namespaces) quietly('ip', 'netns', 'del', namespace);
		quietly('ip', 'link', 'del', this.bridge);
	}
}

/** A bundle whose root is the host's programs and libraries, read-only, and the checkout's test programs. */
function writeBundle(dir: string, args: string[], network: string, executables: string): void {
	mkdirSync(join(dir, 'rootfs'), { recursive: true });
	execFileSync('runc', ['spec', '--bundle', dir]);
	const bind = (path: string) => ({
		destination: path,
		source: path,
		type: 'bind',
		options: ['rbind', 'ro'],
	});
	const config = JSON.parse(execFileSync('cat', [join(dir, 'config.json')], { encoding: 'utf8' }));
	config.process.args = args;
	config.process.terminal = false;
	config.process.cwd = '/';
	delete config.process.rlimits;
	config.root.readonly = false;
	config.mounts.push(...['/usr', '/lib', '/lib64', executables, join(root, 'test/programs')].map(bind));
	config.linux.namespaces = config.linux.namespaces
		.filter((namespace: { type: string }) => !['network', 'cgroup'].includes(namespace.type))
		.concat({ type: 'network', path: network });
	writeFileSync(join(dir, 'config.json'), JSON.stringify(config));
}

/** Front and back in runc containers with network namespaces of their own; the clients on the host. */
export async function containerShop(): Promise<Shop> {
	const executables = new Executables();
	const suffix = tag();
	const names = {
		front: `shop-front-${suffix}`,
		back: `shop-back-${suffix}`,
		client: `client-${suffix}`,
		visitor: `visitor-${suffix}`,
	};
	const network = new Network(suffix);
	const node = executables.link('node');
	const close = () => {
		for (const name of [names.front, names.back]) quietly('runc', 'delete', '--force', name);
		executables.close();
		network.close();
	};
	const start = async (name: string, file: string, last: number, ...words: string[]) => {
		const { path, address } = network.add(name, last);
		const bundle = join(executables.dir, `${name}-bundle`);
		writeBundle(bundle, [node, program(file), address, '8000', ...words], path, executables.dir);
		const started = executables.start('runc', ['run', '--bundle', bundle, name], name);
		return { host: address, port: await portOf(started) };
	};
	try {
		const back = await start(names.back, 'back', 3);
		const front = await start(names.front, 'front', 2, back.host, String(back.port));
		return { names, front, back, ...clients(executables, names, front), close };
	} catch (error) {
		close();
		throw error;
	}
}
