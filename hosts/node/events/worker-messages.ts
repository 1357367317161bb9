import type { KernelStats } from '../../../app/node-agent/kernel-events.ts';
import type { Activity, CoreModules, SpanBatch, SpanSettings } from '../../../core-as/facade/index.ts';
import type { KernelOptions } from './kernel-features.ts';

/** What the thread of kernel-worker.ts is started with. */
export interface WorkerSettings extends KernelOptions {
	drainIntervalMs: number;
	modules: CoreModules;
	/** Without it there are no spans. */
	spans: SpanSettings | undefined;
}

export type WorkerRequest = { id: number; ask: 'take' | 'stats' | 'close' };

/** Answers carry the id of their request. */
export type WorkerMessage =
	| { kind: 'ready'; features: KernelStats['features'] }
	| { kind: 'control'; records: Uint8Array }
	| { kind: 'spans'; batch: SpanBatch }
	| { kind: 'trap'; message: string }
	| { kind: 'answer'; id: number; value: Activity | KernelStats | undefined }
	| { kind: 'failure'; id: number; error: unknown };
