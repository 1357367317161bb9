import { join } from 'node:path';
import type { KernelFeature } from '../../../app/node-agent/kernel-events.ts';
import type { BpfObject, BpfObjectOptions, KernelAddon, KernelRing } from './kernel-addon.ts';
import { testSocketData } from './self-test.ts';

const PROCESS_PROGRAMS = ['on_fork', 'on_exec', 'on_exit'];
const CONNECTION_PROGRAMS = ['on_state', 'on_destroy'];

/** Ways to see socket data, the cheapest first. The first that loads and passes its test is used. */
const SOCKET_DATA_TIERS = [
	// Kernel 6.3.
	{ tier: 'tracepoint', programs: ['on_send_length', 'on_recv_length'] },
];

export interface KernelOptions {
	buildDir: string;
	/** Thread groups whose sockets are not observed, this process among them or not. */
	ownPids: number[];
	/** When given, the sockets of no other process are observed. */
	onlyPid?: number;
	/** Powers of two. At the bound records are lost, and counted. */
	dataRingBytes?: number;
	controlRingBytes?: number;
	/** Payload per call, at most 1024. */
	captureBytes?: number;
}

/** What could be loaded. A missing ring means that its features are off. */
export interface Kernel {
	features: KernelFeature[];
	objects: BpfObject[];
	data: KernelRing | undefined;
	control: KernelRing | undefined;
}

/**
 * Loads and attaches each feature, or tells why not; never throws for a kernel that refuses. `buffer` and
 * `feed`: as for the self-test.
 */
export async function openKernel(
	addon: KernelAddon,
	options: KernelOptions,
	buffer: Uint8Array,
	feed: (records: Uint8Array) => void,
): Promise<Kernel> {
	const kernel: Kernel = { features: [], objects: [], data: undefined, control: undefined };
	const processes = openProcesses(addon, options, kernel);
	await openSockets(addon, options, kernel, processes, buffer, feed);
	return kernel;
}

/** Without the addon nothing can be loaded. */
export function kernelWithout(error: unknown): Kernel {
	const [reason = ''] = (error as Error).message.split('\n');
	const names = ['processes', 'connections', 'socket-data'] as const;
	const features = names.map((feature) => ({ feature, tier: '', ok: false, reason }));
	return { features, objects: [], data: undefined, control: undefined };
}

/** Detaches everything; about 100 ms. */
export function closeKernel(kernel: Kernel): void {
	for (const object of kernel.objects) object.close();
	kernel.data?.close();
	kernel.control?.close();
}

function openProcesses(addon: KernelAddon, options: KernelOptions, kernel: Kernel): BpfObject | undefined {
	let object: BpfObject | undefined;
	try {
		object = new addon.BpfObject(join(options.buildDir, 'bpf', 'process.bpf.o'), {
			entries: { control: options.controlRingBytes ?? 256 << 10 },
		});
		object.load();
		kernel.control = new addon.Ring(object, 'control');
		for (const program of PROCESS_PROGRAMS) object.attach(program);
	} catch (error) {
		kernel.control?.close();
		kernel.control = undefined;
		object?.close();
		kernel.features.push({ feature: 'processes', tier: '', ok: false, reason: reasonOf(error) });
		return undefined;
	}
	kernel.objects.push(object);
	kernel.features.push({ feature: 'processes', tier: 'tracepoint', ok: true, reason: '' });
	return object;
}

async function openSockets(
	addon: KernelAddon,
	options: KernelOptions,
	kernel: Kernel,
	controlOwner: BpfObject | undefined,
	buffer: Uint8Array,
	feed: (records: Uint8Array) => void,
): Promise<void> {
	const refusals: string[] = [];
	for (const { tier, programs } of SOCKET_DATA_TIERS) {
		try {
			const { object, data } = attachSockets(addon, options, controlOwner, programs);
			const visible = [undefined, process.pid].includes(options.onlyPid);
			const result = visible
				? await testSocketData(data, buffer, feed)
				: { ok: true, reason: 'not verified: this process is not observed' };
			if (result.ok) {
				ignore(
					object,
					[process.pid].filter((pid) => options.ownPids.includes(pid)),
				);
				keepSockets(addon, kernel, object, data);
				kernel.features.push({ feature: 'connections', tier: 'tracepoint', ok: true, reason: '' });
				kernel.features.push({ feature: 'socket-data', tier, ok: true, reason: result.reason });
				return;
			}
			object.close();
			data.close();
			refusals.push(`${tier}: ${result.reason}`);
		} catch (error) {
			refusals.push(`${tier}: ${reasonOf(error)}`);
		}
	}
	const socketData: KernelFeature = {
		feature: 'socket-data',
		tier: '',
		ok: false,
		reason: refusals.join('; '),
	};
	try {
		const { object, data } = attachSockets(addon, options, controlOwner, []);
		ignore(object, options.ownPids);
		keepSockets(addon, kernel, object, data);
		kernel.features.push({ feature: 'connections', tier: 'tracepoint', ok: true, reason: '' });
	} catch (error) {
		kernel.features.push({ feature: 'connections', tier: '', ok: false, reason: reasonOf(error) });
	}
	kernel.features.push(socketData);
}

function attachSockets(
	addon: KernelAddon,
	options: KernelOptions,
	controlOwner: BpfObject | undefined,
	dataPrograms: string[],
): { object: BpfObject; data: KernelRing } {
	const ringBytes = options.dataRingBytes ?? 8 << 20;
	const programs = [...CONNECTION_PROGRAMS, ...dataPrograms];
	const settings: BpfObjectOptions = {
		programs,
		// Payloads leave an eighth of the ring to connections and byte counts.
		rodata: {
			capture_bytes: options.captureBytes ?? 1024,
			data_limit: ringBytes - ringBytes / 8,
			only_pid: options.onlyPid ?? 0,
		},
		entries: { data: ringBytes },
	};
	if (controlOwner) settings.share = { control: controlOwner };
	else settings.entries!.control = options.controlRingBytes ?? 256 << 10;
	const object = new addon.BpfObject(join(options.buildDir, 'bpf', 'sockets.bpf.o'), settings);
	let data: KernelRing | undefined;
	try {
		object.load();
		data = new addon.Ring(object, 'data');
		// The self-test needs this process seen; the others must never be.
		ignore(
			object,
			options.ownPids.filter((pid) => pid !== process.pid),
		);
		for (const program of programs) object.attach(program);
		return { object, data };
	} catch (error) {
		object.close();
		data?.close();
		throw error;
	}
}

function keepSockets(addon: KernelAddon, kernel: Kernel, object: BpfObject, data: KernelRing): void {
	kernel.objects.push(object);
	kernel.data = data;
	kernel.control ??= new addon.Ring(object, 'control');
}

function ignore(object: BpfObject, pids: number[]): void {
	for (const pid of pids) {
		object.writeMap('own_pids', new Uint8Array(Uint32Array.of(pid).buffer), Uint8Array.of(1));
	}
}

/** The error and the last words of libbpf and the verifier. */
function reasonOf(error: unknown): string {
	const { message, log } = error as Error & { log?: string };
	// What libbpf says of a lack of rights leads elsewhere.
	const noise = /PROG LOAD LOG|failed to load object|^processed \d+ insns|RLIMIT_MEMLOCK/;
	const lines = (log ?? '').split('\n').filter((line) => line.trim() !== '' && !noise.test(line));
	const words = lines.slice(-3).map((line) => line.replace(/^libbpf: /, '').trim());
	return [message, ...words].join('; ');
}
