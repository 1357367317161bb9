/** Metrics out of the agent: encoder, spool and sender. */

import { randomBytes } from 'node:crypto';
import type { Snapshot } from '../../app/exposition/snapshot.ts';
import { deliveryStages } from '../../app/node-agent/delivery-numbers.ts';
import { MetricsDelivery, REMOTE_WRITE_HEADERS } from '../../app/node-agent/metrics-delivery.ts';
import type { Codec } from '../../core-as/facade/index.ts';
import type { AgentOutlet } from './agent-outlet.ts';
import { SignalOutlet, type SignalOutletOptions } from './signal-outlet.ts';

const NO_BODY = new Uint8Array(0);

export interface MetricsOutlet extends AgentOutlet {
	/** Resolves when the take is on disk, or was dropped and counted. */
	append(snapshot: Snapshot): Promise<void>;
}

export interface MetricsOutletOptions extends Omit<SignalOutletOptions, 'signal' | 'url' | 'headers'> {
	endpoint: string;
	codec: Codec;
	/** Label `instance`. */
	instance: string;
}

export async function openMetricsOutlet(o: MetricsOutletOptions): Promise<MetricsOutlet> {
	const outlet = await SignalOutlet.open({
		...o,
		signal: 'metrics',
		url: () => o.endpoint,
		headers: REMOTE_WRITE_HEADERS,
	});
	const metrics = new MetricsDelivery({
		...{ spool: outlet.spool, log: o.log },
		encode: (columns) => o.codec.encodeRemoteWrite(columns, NO_BODY),
		compress: (input) => o.codec.snappyCompress(input),
		batchId: () => randomBytes(16),
		instance: o.instance,
	});
	return {
		append: (snapshot) => metrics.append(snapshot),
		stages: () => {
			const { spool, sender } = outlet.stats();
			return deliveryStages(metrics.stats(), spool, sender);
		},
		settle: (ms) => outlet.settle(ms),
		close: () => outlet.close(),
	};
}
