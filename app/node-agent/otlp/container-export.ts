/**
 * OTLP export requests made of bytes that components encoded: one ResourceSpans or ResourceLogs for each container, whose
 * fields have the same numbers. No span and no record becomes an object.
 *
 * Source: opentelemetry-proto, collector/trace/v1/trace_service.proto, trace/v1/trace.proto and their twins for logs.
 */

import { serviceNameOf } from '../../telemetry/service-name.ts';
import { RequestBuffer, varintBytes } from '../metrics/request-buffer.ts';

/** Length-delimited fields by their number. */
const FIRST = 0x0a;
const SECOND = 0x12;
/** Resources are kept encoded; beyond this the oldest is encoded again. */
const MAX_RESOURCES = 4_096;

export interface ExportIdentity {
	host: { name: string; id: string };
	scope: { name: string; version: string };
}

export class ContainerExport {
	readonly #identity: ExportIdentity;
	readonly #buffer = new RequestBuffer();
	readonly #scope: Uint8Array;
	/** By container: the field `resource`. */
	readonly #resources = new Map<string, Uint8Array>();

	constructor(identity: ExportIdentity) {
		this.#identity = identity;
		const { name, version } = identity.scope;
		this.#scope = field(FIRST, [field(FIRST, [utf8(name)]), field(SECOND, [utf8(version)])]);
	}

	/** Adds a container: `parts` are fields `spans` of ScopeSpans or `log_records` of ScopeLogs. */
	add(container: string, parts: readonly Uint8Array[]): void {
		const buffer = this.#buffer;
		const resource = this.#resourceOf(container);
		const inner = parts.reduce((sum, part) => sum + part.length, this.#scope.length);
		buffer.byte(FIRST);
		buffer.varint(resource.length + 1 + varintBytes(inner) + inner);
		buffer.append(resource);
		buffer.byte(SECOND);
		buffer.varint(inner);
		buffer.append(this.#scope);
		for (const part of parts) buffer.append(part);
	}

	/** The request of what was added; empty when nothing was. */
	take(): Uint8Array {
		return this.#buffer.take();
	}

	#resourceOf(container: string): Uint8Array {
		const known = this.#resources.get(container);
		if (known !== undefined) return known;
		const { host } = this.#identity;
		const made = field(
			FIRST,
			[
				['service.name', serviceNameOf(container)],
				['container.id', container],
				['host.name', host.name],
				['host.id', host.id],
			].map(([key, value]) =>
				field(FIRST, [field(FIRST, [utf8(key!)]), field(SECOND, [field(FIRST, [utf8(value!)])])]),
			),
		);
		if (this.#resources.size >= MAX_RESOURCES)
			this.#resources.delete(this.#resources.keys().next().value as string);
		this.#resources.set(container, made);
		return made;
	}
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
