/**
 * Spans of the `l7` component as an OTLP ExportTraceServiceRequest: their bytes are copied into one ResourceSpans for
 * each container, and no span becomes an object.
 *
 * Source: opentelemetry-proto, collector/trace/v1/trace_service.proto and trace/v1/trace.proto.
 */

import type { SpanBatch } from '../../../core-as/facade/index.ts';
import { serviceNameOf } from '../../telemetry/service-name.ts';
import { RequestBuffer, varintBytes } from '../metrics/request-buffer.ts';

/** Length-delimited fields by what they hold. */
const TAG = { request: 0x0a, resource: 0x0a, scopeSpans: 0x12, scope: 0x0a, attribute: 0x0a, text: 0x0a };
const TAG_SECOND = 0x12;
/** Resources are kept encoded; beyond this the oldest is encoded again. */
const MAX_RESOURCES = 4_096;

export interface SpanExportOptions {
	/** Id of the container that a process belongs to; undefined: none, or not to be reported. */
	containerOf: (pid: number, cgroup: bigint) => string | undefined;
	host: { name: string; id: string };
	scope: { name: string; version: string };
}

export interface SpanExport {
	/** Empty when there are no spans. */
	body: Uint8Array;
	spans: number;
	/** Spans of processes without a container. */
	noContainer: number;
}

export class SpanExporter {
	readonly #options: SpanExportOptions;
	readonly #buffer = new RequestBuffer();
	readonly #scope: Uint8Array;
	/** By container: the fields `resource` and `scope`. */
	readonly #resources = new Map<string, Uint8Array>();

	constructor(options: SpanExportOptions) {
		this.#options = options;
		const { name, version } = options.scope;
		this.#scope = field(TAG.scope, [field(TAG.text, [utf8(name)]), field(TAG_SECOND, [utf8(version)])]);
	}

	encode(batch: SpanBatch): SpanExport {
		const containers = this.#containersOf(batch);
		const sizes = new Map<string, number>();
		let noContainer = 0;
		for (let span = 0; span < batch.spans; span++) {
			const container = containers[batch.sourceOf[span]!];
			if (container === undefined) noContainer++;
			else sizes.set(container, (sizes.get(container) ?? 0) + batch.ends[span]! - startOf(batch, span));
		}
		for (const [container, size] of sizes) this.#writeContainer(batch, containers, container, size);
		return { body: this.#buffer.take(), spans: batch.spans - noContainer, noContainer };
	}

	#writeContainer(
		batch: SpanBatch,
		containers: readonly (string | undefined)[],
		container: string,
		size: number,
	): void {
		const buffer = this.#buffer;
		const resource = this.#resourceOf(container);
		const scopeSpans = this.#scope.length + size;
		buffer.byte(TAG.request);
		buffer.varint(resource.length + 1 + varintBytes(scopeSpans) + scopeSpans);
		buffer.append(resource);
		buffer.byte(TAG.scopeSpans);
		buffer.varint(scopeSpans);
		buffer.append(this.#scope);
		// Spans of one source follow each other, and so do their bytes.
		for (let span = 0; span < batch.spans; ) {
			const start = startOf(batch, span);
			const isOurs = containers[batch.sourceOf[span]!] === container;
			while (span < batch.spans && (containers[batch.sourceOf[span]!] === container) === isOurs) span++;
			if (isOurs) buffer.append(batch.data.subarray(start, batch.ends[span - 1]!));
		}
	}

	#containersOf(batch: SpanBatch): (string | undefined)[] {
		const { containerOf } = this.#options;
		return Array.from({ length: batch.sources }, (_, i) => containerOf(batch.pids[i]!, batch.cgroups[i]!));
	}

	#resourceOf(container: string): Uint8Array {
		const known = this.#resources.get(container);
		if (known !== undefined) return known;
		const { host } = this.#options;
		const made = field(
			TAG.resource,
			[
				['service.name', serviceNameOf(container)],
				['container.id', container],
				['host.name', host.name],
				['host.id', host.id],
			].map(([key, value]) =>
				field(TAG.attribute, [
					field(TAG.text, [utf8(key!)]),
					field(TAG_SECOND, [field(TAG.text, [utf8(value!)])]),
				]),
			),
		);
		if (this.#resources.size >= MAX_RESOURCES)
			this.#resources.delete(this.#resources.keys().next().value as string);
		this.#resources.set(container, made);
		return made;
	}
}

function startOf(batch: SpanBatch, span: number): number {
	return span === 0 ? 0 : batch.ends[span - 1]!;
}

const encoder = new TextEncoder();

function utf8(text: string): Uint8Array {
	return encoder.encode(text);
}

function field(tag: number, parts: Uint8Array[]): Uint8Array {
	const buffer = new RequestBuffer();
	buffer.byte(tag);
	buffer.varint(parts.reduce((sum, part) => sum + part.length, 0));
	for (const part of parts) buffer.append(part);
	return buffer.take();
}
