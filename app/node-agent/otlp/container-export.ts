/**
 * OTLP export requests made of bytes that components encoded: one ResourceSpans or ResourceLogs for each container. No span
 * and no record becomes an object.
 */

import type { OtlpEncoder } from '../../../core-as/facade/index.ts';
import { serviceNameOf } from '../../telemetry/service-name.ts';

export interface ExportOptions {
	host: { name: string; id: string };
	scope: { name: string; version: string };
	encoder: Pick<OtlpEncoder, 'encodeOtlpRequest'>;
}

/** By container: fields `spans` of ScopeSpans, or `log_records` of ScopeLogs. */
export type ContainerRecords = ReadonlyMap<string, readonly Uint8Array[]>;

/** The request of all containers; empty when there are none. */
export function encodeContainers(containers: ContainerRecords, options: ExportOptions): Uint8Array {
	const { host, scope, encoder } = options;
	const resources = Array.from(containers, ([container, records]) => ({
		attributes: {
			'service.name': serviceNameOf(container),
			'container.id': container,
			'host.name': host.name,
			'host.id': host.id,
		},
		records,
	}));
	return encoder.encodeOtlpRequest(scope, resources);
}
