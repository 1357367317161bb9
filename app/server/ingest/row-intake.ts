import type { CoreError } from '../../../core-as/facade/index.ts';
import { DeliveryError, SpoolFullError } from '../../delivery/errors.ts';
import { RECORD_KIND } from '../../delivery/record.ts';
import type { Spool } from '../../delivery/spool.ts';
import { SCHEMA_VERSION, type Signal } from '../clickhouse/schema.ts';
import { ServerError } from '../errors.ts';
import { encodeRowBlock } from './row-block.ts';

const RETRY_AFTER_S = 5;

/** Resolves when the rows are on disk; rejects with what the sender is told. */
export async function appendRows(
	spool: Spool,
	signal: Signal,
	count: number,
	rows: Uint8Array,
): Promise<void> {
	try {
		await spool.append({
			kind: RECORD_KIND[signal],
			batchId: crypto.getRandomValues(new Uint8Array(16)),
			payload: encodeRowBlock({ schema: SCHEMA_VERSION, count, rows }),
		});
	} catch (error) {
		throw spoolRefusal(error);
	}
}

const TOO_LARGE: ReadonlySet<string> = new Set(['CXR_CORE_OTLP_TOO_LARGE', 'CXR_CORE_PPROF_TOO_LARGE']);

/** What the sender of a body is told that the codec refuses; a trap is no fault of the body's. */
export function bodyRefusal(error: CoreError): Error {
	if (error.code === 'CXR_CORE_TRAP') return error;
	const code = TOO_LARGE.has(error.code) ? 'CXR_INGEST_TOO_LARGE' : 'CXR_INGEST_MALFORMED';
	return new ServerError(code, error.message, { cause: error });
}

function spoolRefusal(error: unknown): unknown {
	if (error instanceof SpoolFullError) {
		return new ServerError('CXR_INGEST_FULL', error.message, { cause: error, retryAfter: RETRY_AFTER_S });
	}
	if (!(error instanceof DeliveryError)) return error;
	if (error.code === 'CXR_SPOOL_TOO_LARGE')
		return new ServerError('CXR_INGEST_TOO_LARGE', error.message, { cause: error });
	return new ServerError('CXR_INGEST_BUSY', error.message, { cause: error, retryAfter: RETRY_AFTER_S });
}
