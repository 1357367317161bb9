/** Listening TCP sockets of containers: what `container_net_tcp_listen_info` says. */

import type { Labels } from '../../exposition/labels.ts';
import { gauge, type Snapshot } from '../../exposition/snapshot.ts';
import { formatAddress, formatEndpoint, isIPv4, isLinkLocal, isLoopback, isWildcard } from '../addresses.ts';
import type { Container } from '../containers/container.ts';
import type { ListenRecord } from '../control-records.ts';
import { networkNamespace, type ProcFiles } from '../processes/proc-files.ts';
import { type ListeningSocket, parseFibTrie, parseIfInet6, parseListeningSockets } from './net-tables.ts';

/** How long a closed socket is still reported, with value 0. */
const CLOSED_MS = 10 * 60_000;
/** How long the addresses of a network namespace are believed. */
const ADDRESSES_MS = 15_000;

const LISTEN_INFO = gauge(
	'container_net_tcp_listen_info',
	'TCP addresses that the container listens on: 1 open, 0 closed within the last 10 minutes.',
);

interface Listen {
	container: Container;
	netns: number;
	address: Uint8Array;
	port: number;
	/** A process that listens or listened there; leads to the namespace's addresses. */
	pid: number;
	closedAt: number | undefined;
	/** One of maybe several sockets of this address was closed; the next look decides. */
	doubtful: boolean;
	labels: Map<string, Labels>;
}

interface NamespaceAddresses {
	at: number;
	addresses: Uint8Array[];
}

export interface ListenTableOptions {
	proc: ProcFiles;
	now: () => number;
	hostNetns: number | undefined;
	containerOf: (pid: number, cgroup: bigint) => Container | 'ignored' | undefined;
	/** At the bound further sockets are refused and counted. */
	maxListens?: number;
}

export class ListenTable {
	overflow = 0;
	readonly #options: ListenTableOptions;
	readonly #max: number;
	readonly #listens = new Map<string, Listen>();
	/** The same, by port. */
	readonly #byPort = new Map<number, Set<Listen>>();
	readonly #addresses = new Map<number, NamespaceAddresses>();

	constructor(options: ListenTableOptions) {
		this.#options = options;
		this.#max = options.maxListens ?? 16_384;
	}

	/** 0 empty to 1 full. */
	get fill(): number {
		return this.#listens.size / this.#max;
	}

	onRecord(record: ListenRecord): void {
		if (record.kind === 'listen') {
			this.#open(record.pid, record.cgroup, record.netns, record.address, record.port);
			return;
		}
		for (const listen of this.#byPort.get(record.port) ?? []) {
			if (listen.netns === record.netns && sameAddress(listen.address, record.address))
				listen.doubtful = true;
		}
	}

	/**
	 * Sockets that listened before the agent came: tables of each namespace joined with open files. The first process
	 * that holds a socket is taken for its owner, and pid 1 only where nobody else holds it: it opens sockets for
	 * services and keeps them.
	 */
	scan(pids: number[]): void {
		const { proc } = this.#options;
		const tables = new Map<number, Map<number, ListeningSocket>>();
		const last = pids.includes(1) ? [1] : [];
		for (const pid of [...pids.filter((each) => each !== 1), ...last]) {
			const netns = networkNamespace(proc, pid);
			if (netns === undefined) continue;
			let sockets = tables.get(netns);
			if (sockets === undefined) {
				sockets = new Map(listeningSockets(proc, pid).map((socket) => [socket.inode, socket]));
				tables.set(netns, sockets);
			}
			if (sockets.size === 0) continue;
			for (const fd of proc.list(`${pid}/fd`)) {
				const inode = proc.link(`${pid}/fd/${fd}`)?.match(/^socket:\[(\d+)\]$/)?.[1];
				const socket = inode === undefined ? undefined : sockets.get(Number(inode));
				if (socket === undefined) continue;
				sockets.delete(socket.inode);
				this.#open(pid, 0n, netns, socket.address, socket.port);
			}
		}
	}

	/** Whether a socket of this node, in any namespace, listens on this address. */
	isListening(address: Uint8Array, port: number): boolean {
		for (const listen of this.#byPort.get(port) ?? []) {
			if (listen.closedAt !== undefined) continue;
			if (isWildcard(listen.address) || sameAddress(listen.address, address)) return true;
		}
		return false;
	}

	/** Settles doubts, and forgets what has been closed for long. */
	sweep(): void {
		const now = this.#options.now();
		this.#settle(now);
		for (const [key, listen] of this.#listens) {
			if (listen.closedAt === undefined && listen.container.diedAt !== undefined) listen.closedAt = now;
			if (listen.closedAt !== undefined && now - listen.closedAt > CLOSED_MS) this.#forget(key, listen);
		}
		const used = new Set([...this.#listens.values()].map((listen) => listen.netns));
		for (const netns of this.#addresses.keys()) if (!used.has(netns)) this.#addresses.delete(netns);
	}

	/** Forgets a container that is gone. */
	remove(container: Container): void {
		for (const [key, listen] of this.#listens) if (listen.container === container) this.#forget(key, listen);
	}

	collect(snapshot: Snapshot, shown: (container: Container) => boolean): void {
		// Several sockets may expand to one address (a wildcard beside an explicit bind): open wins.
		const values = new Map<string, { labels: Labels; value: number }>();
		for (const listen of this.#listens.values()) {
			if (!shown(listen.container)) continue;
			const value = listen.closedAt === undefined ? 1 : 0;
			for (const address of this.#expand(listen)) {
				const endpoint = formatEndpoint(address, listen.port);
				const key = `${listen.container.id} ${endpoint}`;
				const known = values.get(key);
				if (known === undefined) values.set(key, { labels: labelsOf(listen, endpoint), value });
				else known.value = Math.max(known.value, value);
			}
		}
		for (const { labels, value } of values.values()) snapshot.add(LISTEN_INFO, labels, value);
	}

	#open(pid: number, cgroup: bigint, netns: number, address: Uint8Array, port: number): void {
		const container = this.#options.containerOf(pid, cgroup);
		if (container === undefined || container === 'ignored') return;
		const key = `${container.id} ${netns} ${formatAddress(address)} ${port}`;
		const known = this.#listens.get(key);
		if (known !== undefined) {
			known.closedAt = undefined;
			known.pid = pid;
			return;
		}
		if (this.#listens.size >= this.#max) {
			this.overflow++;
			return;
		}
		const listen: Listen = {
			...{ container, netns, address, port, pid },
			closedAt: undefined,
			doubtful: false,
			labels: new Map(),
		};
		this.#listens.set(key, listen);
		const samePort = this.#byPort.get(port);
		if (samePort === undefined) this.#byPort.set(port, new Set([listen]));
		else samePort.add(listen);
	}

	#forget(key: string, listen: Listen): void {
		this.#listens.delete(key);
		const samePort = this.#byPort.get(listen.port)!;
		samePort.delete(listen);
		if (samePort.size === 0) this.#byPort.delete(listen.port);
	}

	/** With SO_REUSEPORT several sockets share an address: closed is what no socket of the namespace holds. */
	#settle(now: number): void {
		const open = new Map<number, ListeningSocket[]>();
		for (const listen of this.#listens.values()) {
			if (!listen.doubtful) continue;
			listen.doubtful = false;
			let sockets = open.get(listen.netns);
			if (sockets === undefined) {
				const pid = this.#witness(listen);
				sockets = pid === undefined ? [] : listeningSockets(this.#options.proc, pid);
				open.set(listen.netns, sockets);
			}
			const held = sockets.some(
				(socket) => socket.port === listen.port && sameAddress(socket.address, listen.address),
			);
			listen.closedAt = held ? undefined : (listen.closedAt ?? now);
		}
	}

	/** A living process in the namespace of this socket. */
	#witness(listen: Listen): number | undefined {
		for (const pid of [listen.pid, ...listen.container.processes.keys()]) {
			if (networkNamespace(this.#options.proc, pid) === listen.netns) return pid;
		}
		return undefined;
	}

	#expand(listen: Listen): string[] {
		const onHost = listen.netns === this.#options.hostNetns;
		if (!isWildcard(listen.address)) {
			return isLoopback(listen.address) && !onHost ? [] : [formatAddress(listen.address)];
		}
		const onlyIPv4 = isIPv4(listen.address);
		return this.#namespaceAddresses(listen)
			.filter((address) => !onlyIPv4 || isIPv4(address))
			.filter((address) => !isLinkLocal(address) && (onHost || !isLoopback(address)))
			.map((address) => formatAddress(address));
	}

	#namespaceAddresses(listen: Listen): Uint8Array[] {
		const now = this.#options.now();
		const known = this.#addresses.get(listen.netns);
		if (known !== undefined && now - known.at < ADDRESSES_MS) return known.addresses;
		const pid = this.#witness(listen);
		if (pid === undefined) return known?.addresses ?? [];
		const { proc } = this.#options;
		const addresses = [
			...parseFibTrie(proc.read(`${pid}/net/fib_trie`) ?? ''),
			...parseIfInet6(proc.read(`${pid}/net/if_inet6`) ?? ''),
		];
		this.#addresses.set(listen.netns, { at: now, addresses });
		return addresses;
	}
}

function listeningSockets(proc: ProcFiles, pid: number): ListeningSocket[] {
	return [
		...parseListeningSockets(proc.read(`${pid}/net/tcp`) ?? ''),
		...parseListeningSockets(proc.read(`${pid}/net/tcp6`) ?? ''),
	];
}

function labelsOf(listen: Listen, endpoint: string): Labels {
	let labels = listen.labels.get(endpoint);
	if (labels === undefined) {
		labels = listen.container.labels.with(['listen_addr', endpoint], ['proxy', '']);
		listen.labels.set(endpoint, labels);
	}
	return labels;
}

function sameAddress(a: Uint8Array, b: Uint8Array): boolean {
	for (let i = 0; i < 16; i++) if (a[i] !== b[i]) return false;
	return true;
}
