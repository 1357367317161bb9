/** Spans of the `l7` component as an OTLP request, by the containers that they belong to. */

import type { SpanBatch } from '../../../core-as/facade/index.ts';
import { type ExportOptions, encodeContainers } from '../otlp/container-export.ts';
import type { ProcessOwners } from '../processes/process-owners.ts';

export interface SpanExportOptions extends ExportOptions, Pick<ProcessOwners, 'containerOf'> {}

export interface SpanExport {
	/** Empty when there are no spans. */
	body: Uint8Array;
	/** Spans of processes without a container, or of one that is not to be reported, such as the product's own. */
	notReported: number;
}

export class SpanExporter {
	readonly #options: SpanExportOptions;

	constructor(options: SpanExportOptions) {
		this.#options = options;
	}

	encode(batch: SpanBatch): SpanExport {
		const containers = Array.from({ length: batch.sources }, (_, i) =>
			this.#options.containerOf(batch.pids[i]!, batch.cgroups[i]!),
		);
		const containerOf = (span: number) => containers[batch.sourceOf[span]!];
		/** Stretches of bytes by container: spans of one source mostly follow each other. */
		const parts = new Map<string, Uint8Array[]>();
		let notReported = 0;
		for (let span = 0; span < batch.spans; ) {
			const first = span;
			const container = containerOf(span);
			while (span < batch.spans && containerOf(span) === container) span++;
			if (container === undefined) {
				notReported += span - first;
				continue;
			}
			const bytes = batch.data.subarray(first === 0 ? 0 : batch.ends[first - 1]!, batch.ends[span - 1]!);
			const known = parts.get(container);
			if (known) known.push(bytes);
			else parts.set(container, [bytes]);
		}
		return { body: encodeContainers(parts, this.#options), notReported };
	}
}
