/** Spans out of the agent: from the kernel thread to the spool, and from there to the server. */

import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../app/clock.ts';
import { outletStages } from '../../../app/node-agent/delivery-numbers.ts';
import type { KernelEvents } from '../../../app/node-agent/kernel-events.ts';
import { JOB } from '../../../app/node-agent/metrics-delivery.ts';
import type { AgentOptions } from '../../../app/node-agent/options.ts';
import type { ProcessOwners } from '../../../app/node-agent/processes/process-owners.ts';
import { SpanDelivery } from '../../../app/node-agent/spans/span-delivery.ts';
import type { SpanExportOptions } from '../../../app/node-agent/spans/span-export.ts';
import type { Codec, SpanSettings } from '../../../core-as/facade/index.ts';
import type { AgentOutlet } from '../agent-outlet.ts';
import { SignalOutlet, type SignalOutletOptions } from '../signal-outlet.ts';

/** How the kernel thread makes spans; undefined when nobody wants them. */
export function spanSettings(options: AgentOptions): SpanSettings | undefined {
	if (options.tracesEndpoint === undefined || options.tracesSampling === 0) return undefined;
	const random = randomBytes(16);
	return {
		sampling: options.tracesSampling,
		seed: [random.readBigUInt64LE(0), random.readBigUInt64LE(8)],
	};
}

export interface SpanOutletOptions
	extends Omit<SignalOutletOptions, 'signal' | 'url' | 'headers'>,
		ProcessOwners {
	endpoint: string;
	kernel: KernelEvents;
	host: SpanExportOptions['host'];
	codec: Codec;
	version: string;
	clock: Clock;
}

export async function openSpanOutlet(o: SpanOutletOptions): Promise<AgentOutlet> {
	const outlet = await SignalOutlet.open({
		...o,
		signal: 'traces',
		url: () => o.endpoint,
		headers: { 'User-Agent': JOB, 'Content-Type': 'application/x-protobuf' },
	});
	const delivery = new SpanDelivery({
		spool: outlet.spool,
		containerOf: o.containerOf,
		named: o.named,
		host: o.host,
		scope: { name: JOB, version: o.version },
		encoder: o.codec,
		batchId: () => randomBytes(16),
		log: o.log,
	});
	o.kernel.onSpans((batch) => delivery.add(batch));
	return {
		stages: () => {
			const { spool, sender } = outlet.stats();
			return [delivery.stats(), ...outletStages('traces', spool, sender)];
		},
		async settle(ms) {
			await delivery.settled();
			await outlet.settle(ms);
		},
		async close() {
			await delivery.settled();
			await outlet.close();
		},
	};
}
