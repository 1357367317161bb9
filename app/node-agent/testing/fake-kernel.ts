import type { Activity } from '../../../core-as/facade/index.ts';
import type { KernelEvents, KernelStats } from '../kernel-events.ts';
import { activityRows, type RowInput } from './activity-rows.ts';
import { controlBatch, type RecordInput } from './control-batch.ts';

/** A kernel that reports what the test says. */
export class FakeKernel implements KernelEvents {
	#listener: ((records: Uint8Array) => void) | undefined;
	#rows: RowInput[] = [];
	/** Takes that fail. */
	failures = 0;
	controlLost = 0;

	control(...records: RecordInput[]): void {
		this.#listener?.(controlBatch(...records));
	}

	activity(...rows: RowInput[]): void {
		this.#rows.push(...rows);
	}

	async take(): Promise<Activity> {
		if (this.failures > 0) {
			this.failures--;
			throw new Error('trap');
		}
		const rows = this.#rows;
		this.#rows = [];
		return activityRows(...rows);
	}

	onControl(listener: (records: Uint8Array) => void): void {
		this.#listener = listener;
	}

	onSpans(): void {}

	async stats(): Promise<KernelStats> {
		const ring = { records: 10, bytes: 560, fill: 0 };
		return {
			rings: [
				{ ring: 'data', ...ring, lost: { data: 0 } },
				{ ring: 'control', ...ring, lost: { listen: this.controlLost } },
			],
			features: [{ feature: 'socket-data', tier: 'A', ok: true, reason: '' }],
			calls: { unreadable: 0, noStorage: 0, busy: 0, muted: 0, ignored: 0 },
			tracker: {
				records: 10,
				bytes: 560,
				unknownConnections: 0,
				truncated: 0,
				malformed: 0,
				shed: 0,
				connections: 1,
				rows: 1,
				noted: 0,
				spans: 8,
				spansUnsampled: 4,
				spansLimited: 3,
				spansOverflow: 2,
				spansUnnoted: 1,
				traps: 0,
			},
			thread: { cpuSeconds: 3, heapBytes: 300, bufferBytes: 30, wasmBytes: { l7: 3000 } },
			bpf: { programs: [{ program: 'on_state', runs: 7, seconds: 0.5 }], mapBytes: 4096 },
		};
	}

	async close(): Promise<void> {}
}
