// The thread that drains the kernel's rings and owns the L7 tracker. Bytes go from the ring to the component in
// batches; nothing here is made per record.
import { parentPort, workerData } from 'node:worker_threads';
import type { KernelStats } from '../../../app/node-agent/kernel-events.ts';
import { type Activity, createTracker, type SpanBatch } from '../../../core-as/facade/tracker.ts';
import { threadUsage } from '../thread-usage.ts';
import { ClockOffset } from './clock-offset.ts';
import { DrainLoop } from './drain-loop.ts';
import { type KernelAddon, type KernelRingWatch, loadKernelAddon } from './kernel-addon.ts';
import { KernelCounters } from './kernel-counters.ts';
import { closeKernel, type Kernel, kernelWithout, openKernel } from './kernel-features.ts';
import type { WorkerMessage, WorkerRequest, WorkerSettings } from './worker-messages.ts';

/** One drain of the data ring; the ring itself holds what does not fit. The processor's nearest caches hold it. */
const DATA_BUFFER_BYTES = 32 << 10;
/**
 * What waits after a pause under load, some four hundred small calls: the fewer they are, the more often the thread wakes
 * up; the more, the longer it keeps a processor from those it observes, of whom some then wait for the one that it
 * interrupts.
 */
const DATA_TARGET_BYTES = 64 << 10;
const CONTROL_BUFFER_BYTES = 64 << 10;
/**
 * Spans are handed on as often, or when half of what the tracker keeps is full: each time costs a record on disk and a
 * request to the server.
 */
const SPANS_MS = 5_000;
const SPANS_BYTES = 512 << 10;
/** How often the wall clock is compared with the kernel's. */
const CLOCK_MS = 1_000;

if (parentPort === null) throw new Error('BUG: kernel-worker.ts runs as a worker thread only');
const port = parentPort;
const settings = workerData as WorkerSettings;

const buffer = new Uint8Array(DATA_BUFFER_BYTES);
const controlBuffer = new Uint8Array(CONTROL_BUFFER_BYTES);
const tracker = createTracker(settings.modules, { spans: settings.spans });
const clock = new ClockOffset();
let spanBytes = 0;
const { addon, kernel, cpus } = await open();
const counters = new KernelCounters(kernel.objects, cpus);
const fill = { data: 0, control: 0 };

const rings = [kernel.data, kernel.control].filter((ring) => ring !== undefined);
let watch: KernelRingWatch | undefined;
const loop = new DrainLoop({
	drain: drainRings,
	bufferBytes: DATA_BUFFER_BYTES,
	ringBytes: kernel.data?.size ?? 0,
	targetBytes: DATA_TARGET_BYTES,
	intervalMs: settings.drainIntervalMs,
	...(addon && {
		openWatch: (wake) => {
			watch = new addon.RingWatch(rings, wake);
			return watch;
		},
	}),
});

setClock();
const timers = [setInterval(setClock, CLOCK_MS), setInterval(postSpans, SPANS_MS)];
port.on('message', answer);
post({ kind: 'ready', features: kernel.features });
loop.start();

async function open(): Promise<{ addon?: KernelAddon; kernel: Kernel; cpus: number }> {
	let addon: KernelAddon;
	try {
		addon = loadKernelAddon(settings.buildDir);
	} catch (error) {
		return { kernel: kernelWithout(error), cpus: 0 };
	}
	return { addon, kernel: await openKernel(addon, settings, buffer, feed), cpus: addon.possibleCpus };
}

function post(message: WorkerMessage, transfer: ArrayBuffer[] = []): void {
	port.postMessage(message, transfer);
}

function feed(records: Uint8Array): void {
	try {
		spanBytes = tracker.feed(records);
		if (spanBytes > SPANS_BYTES) postSpans();
	} catch (error) {
		// The facade has replaced the instance and counted it.
		post({ kind: 'trap', message: (error as Error).message });
	}
}

/** Spans carry times of day, records those of the kernel's clock. */
function setClock(): void {
	if (settings.spans) tracker.setClock(clock.sample(Date.now(), process.hrtime.bigint()));
}

function postSpans(): void {
	if (spanBytes === 0) return;
	spanBytes = 0;
	const batch = tracker.takeSpans();
	post({ kind: 'spans', batch }, buffersOf(batch));
}

function drainRings(): number {
	if (kernel.control) {
		fill.control = kernel.control.waiting / kernel.control.size;
		const bytes = kernel.control.drain(controlBuffer);
		if (bytes > 0) {
			const records = controlBuffer.slice(0, bytes);
			post({ kind: 'control', records }, [records.buffer]);
		}
	}
	if (!kernel.data) return 0;
	fill.data = kernel.data.waiting / kernel.data.size;
	const bytes = kernel.data.drain(buffer);
	if (bytes > 0) feed(buffer.subarray(0, bytes));
	return bytes;
}

function answer({ id, ask }: WorkerRequest): void {
	try {
		if (ask === 'take') {
			loop.drainAll();
			postSpans();
			const activity = tracker.take();
			post({ kind: 'answer', id, value: activity }, buffersOf(activity));
		} else if (ask === 'stats') post({ kind: 'answer', id, value: stats() });
		else {
			loop.stop();
			watch?.close();
			for (const timer of timers) clearInterval(timer);
			closeKernel(kernel);
			post({ kind: 'answer', id, value: undefined });
			port.close();
		}
	} catch (error) {
		post({ kind: 'failure', id, error });
	}
}

function stats(): KernelStats {
	counters.read();
	const rings: KernelStats['rings'] = [];
	for (const name of ['data', 'control'] as const) {
		const ring = kernel[name];
		if (!ring) continue;
		const { records, bytes } = ring;
		rings.push({ ring: name, records, bytes, lost: counters.lost(name), fill: fill[name] });
	}
	const usages = kernel.objects.map((object) => object.usage());
	return {
		...{ rings, features: kernel.features },
		calls: counters.calls(),
		tracker: tracker.counters(),
		thread: threadUsage(),
		bpf: {
			programs: usages.flatMap(({ programs }) => programs),
			mapBytes: usages.reduce((sum, { mapBytes }) => sum + mapBytes, 0),
		},
	};
}

/** The columns' memory moves to the other thread instead of being copied. */
function buffersOf(columns: Activity | SpanBatch): ArrayBuffer[] {
	const buffers = new Set<ArrayBuffer>();
	for (const column of Object.values(columns)) {
		if (ArrayBuffer.isView(column) && column.buffer instanceof ArrayBuffer) buffers.add(column.buffer);
	}
	return [...buffers];
}
