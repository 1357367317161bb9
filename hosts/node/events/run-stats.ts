import type { FeatureStatus } from '../../../app/node-agent/self-metrics.ts';
import { type KernelAddon, type KernelRunStats, loadKernelAddon } from './kernel-addon.ts';

const FEATURE = 'bpf_stats';

/** Timing costs each run of every BPF program of the node some 20 to 40 ns, so that it is on for a part of the time. */
const PERIOD_MS = 15_000;
const WINDOW_MS = 1_000;

/** For a second of every fifteen the kernel counts and times the runs of BPF programs, of this agent and all others. */
export interface RunStats {
	status: FeatureStatus;
	/** Share of the time since the start in which it did; 0 where it does not. */
	share(): number;
	close(): void;
}

/** Where it is not wanted or the kernel refuses, `status` says so. It wants CAP_SYS_ADMIN and Linux 5.8. */
export function openRunStats(buildDir: string, disabled: boolean): RunStats {
	const off = { feature: FEATURE, tier: '', ok: false };
	const nothing = { share: () => 0, close() {} };
	if (disabled) {
		const status = { ...off, reason: 'switched off by --disable-bpf-stats', unwanted: true };
		return { status, ...nothing };
	}
	try {
		const windows = new Windows(loadKernelAddon(buildDir).RunStats);
		const status = { feature: FEATURE, tier: 'run_time', ok: true, reason: '' };
		return { status, share: () => windows.share(), close: () => windows.close() };
	} catch (error) {
		const [reason = ''] = (error as Error).message.split('\n');
		return { status: { ...off, reason }, ...nothing };
	}
}

class Windows {
	readonly #open: KernelAddon['RunStats'];
	/** The first window: until it is open nobody can be timed. */
	readonly #startedAt: number;
	readonly #timer: NodeJS.Timeout;
	#stats: KernelRunStats | undefined;
	#end: NodeJS.Timeout | undefined;
	#openedAt = 0;
	/** Milliseconds of the windows that are closed. */
	#timed = 0;

	/** Throws where the kernel refuses. */
	constructor(open: KernelAddon['RunStats']) {
		this.#open = open;
		this.#begin();
		this.#startedAt = this.#openedAt;
		this.#timer = setInterval(() => {
			try {
				this.#begin();
			} catch {
				// It worked before: the next window may again.
			}
		}, PERIOD_MS).unref();
	}

	share(): number {
		const now = performance.now();
		const timed = this.#timed + (this.#stats ? now - this.#openedAt : 0);
		return Math.min(1, Math.max(timed, 1) / Math.max(now - this.#startedAt, 1));
	}

	close(): void {
		clearInterval(this.#timer);
		clearTimeout(this.#end);
		this.#finish();
	}

	#begin(): void {
		// The last window is open still: the thread was busy for that long.
		if (this.#stats) return;
		this.#stats = new this.#open();
		this.#openedAt = performance.now();
		this.#end = setTimeout(() => this.#finish(), WINDOW_MS).unref();
	}

	#finish(): void {
		if (!this.#stats) return;
		this.#stats.close();
		this.#stats = undefined;
		this.#timed += performance.now() - this.#openedAt;
	}
}
