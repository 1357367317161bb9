/** The kernel's records around a piece of real traffic, without thread or tracker. */
import { fileURLToPath } from 'node:url';
import { loadKernelAddon } from '../kernel-addon.ts';
import { KernelCounters } from '../kernel-counters.ts';
import { closeKernel, type Kernel, type KernelOptions, openKernel } from '../kernel-features.ts';
import { type ConnectionRecord, type DataRecord, type KernelRecord, parseRecords } from './kernel-records.ts';

export const BUILD_DIR = fileURLToPath(new URL('../../../../build', import.meta.url));

const EPERM = 1;
const EOPNOTSUPP = 95;
const PATIENCE_MS = 10_000;

/**
 * Why tests of the kernel cannot run here, or an empty string. Only a kernel or container that refuses BPF
 * counts; a broken build or a program that the verifier rejects must fail the tests instead.
 */
export function kernelRefusal(): string {
	const { BpfObject } = loadKernelAddon(BUILD_DIR);
	const object = new BpfObject(`${BUILD_DIR}/bpf/process.bpf.o`);
	try {
		object.load();
		object.attach('on_exec');
		return '';
	} catch (error) {
		const { errno, message } = error as Error & { errno?: number };
		if (errno !== EPERM && errno !== EOPNOTSUPP) throw error;
		console.warn(`SKIPPED, the kernel refuses BPF: ${message}`);
		return message;
	} finally {
		object.close();
	}
}

/** One end of a connection and all that was reported about it. */
export interface ObservedConnection {
	record: ConnectionRecord;
	data: DataRecord[];
	closes: number;
	retransmits: number;
	/** Of all records together. */
	sent: number;
	received: number;
}

export class ObservedKernel {
	readonly records: KernelRecord[] = [];
	readonly #kernel: Kernel;
	readonly #counters: KernelCounters;
	readonly #buffer: Uint8Array;

	private constructor(kernel: Kernel, counters: KernelCounters, buffer: Uint8Array) {
		this.#kernel = kernel;
		this.#counters = counters;
		this.#buffer = buffer;
	}

	/** This process is observed too, unless `options.ownPids` says otherwise. */
	static async open(options: Partial<KernelOptions> = {}): Promise<ObservedKernel> {
		const addon = loadKernelAddon(BUILD_DIR);
		const buffer = new Uint8Array(1 << 20);
		const kernel = await openKernel(
			addon,
			{ buildDir: BUILD_DIR, ownPids: [], ...options },
			buffer,
			() => {},
		);
		const broken = kernel.features.filter(({ ok, reason }) => !ok || reason !== '');
		if (broken.length > 0) {
			closeKernel(kernel);
			throw new Error(JSON.stringify(broken));
		}
		return new ObservedKernel(kernel, new KernelCounters(kernel.objects, addon.possibleCpus), buffer);
	}

	[Symbol.dispose](): void {
		closeKernel(this.#kernel);
	}

	/** Moves all that waits into `records`. */
	drain(): void {
		for (const ring of [this.#kernel.control!, this.#kernel.data!]) {
			for (let bytes = ring.drain(this.#buffer); bytes > 0; bytes = ring.drain(this.#buffer)) {
				this.records.push(...parseRecords(this.#buffer.subarray(0, bytes)));
			}
		}
	}

	/** Drains until `holds`; the message says what was there instead. */
	async until(what: string, holds: () => boolean): Promise<void> {
		const deadline = Date.now() + PATIENCE_MS;
		for (this.drain(); !holds(); this.drain()) {
			if (Date.now() > deadline) throw new Error(`no ${what} among ${this.records.length} records`);
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
	}

	/** Waits until every connection seen at `port` is closed, at both ends. */
	async untilClosed(port: number, count: number): Promise<void> {
		await this.until(`${count} closed connections at port ${port}`, () => {
			const ends = [...this.clients(port), ...this.servers(port)];
			return ends.length >= count && ends.every(({ closes }) => closes > 0);
		});
	}

	clients(port: number): ObservedConnection[] {
		return this.#connections(({ remotePort }) => remotePort === port);
	}

	servers(port: number): ObservedConnection[] {
		return this.#connections(({ localPort }) => localPort === port);
	}

	lost(): Record<string, number> {
		this.#counters.read();
		return { ...this.#counters.lost('data'), ...this.#counters.lost('control') };
	}

	calls(): ReturnType<KernelCounters['calls']> {
		this.#counters.read();
		return this.#counters.calls();
	}

	#connections(wanted: (record: ConnectionRecord) => boolean): ObservedConnection[] {
		const found = new Map<bigint, ObservedConnection>();
		for (const record of this.records) {
			if (record.kind === 'connection' && wanted(record)) {
				if (found.has(record.cookie)) throw new Error(`connection ${record.cookie} was announced twice`);
				found.set(record.cookie, { record, data: [], closes: 0, retransmits: 0, sent: 0, received: 0 });
			}
			if (record.kind === 'data' || record.kind === 'bytes' || record.kind === 'close') {
				const connection = found.get(record.cookie);
				if (connection) add(connection, record);
			}
		}
		return [...found.values()];
	}
}

function add(
	to: ObservedConnection,
	record: Extract<KernelRecord, { kind: 'data' | 'bytes' | 'close' }>,
): void {
	if (to.closes > 0) throw new Error(`${record.kind} of connection ${record.cookie} after its close`);
	if (record.kind === 'data') {
		to.data.push(record);
		if (record.direction === 'send') to.sent += record.size;
		else to.received += record.size;
		return;
	}
	to.sent += record.sent;
	to.received += record.received;
	if (record.kind === 'bytes') return;
	to.closes++;
	to.retransmits = record.retransmits;
}
