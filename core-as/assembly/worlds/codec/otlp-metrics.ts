import { RESULT, release, storeList } from '../../abi/memory';
import { COLUMNS_SIZE } from '../../codecs/metric-columns';
import { deltas, dropFill, series } from '../../codecs/metric-fill';
import { badExemplars } from '../../codecs/otlp-exemplar';
import { setCustomBuckets } from '../../codecs/otlp-metric';
import { decode, setWanted } from '../../codecs/otlp-metrics';
import { REASONS, rejected } from '../../codecs/otlp-rejection';
import { setPromoted } from '../../codecs/otlp-target';
import { setNaming } from '../../codecs/prometheus-name';
import { cursor, FINE } from '../../codecs/protobuf-reader';

/**
 * result<decoded, decode-error>: discriminant at 0; the record of columns from 4, then the list of deltas and the counts; or
 * offset at 4, reason at 8.
 */
export function otlp_metrics_decode(
	body: usize,
	size: usize,
	naming: u32,
	customBuckets: u32,
	scopeLabels: u32,
	targetInfo: u32,
	promoted: usize,
	promotedCount: usize,
): usize {
	setNaming(naming);
	setCustomBuckets(customBuckets !== 0);
	setWanted(scopeLabels !== 0, targetInfo !== 0);
	setPromoted(promoted, promotedCount);
	const fault = decode(body, size);
	for (let i: usize = 0; i < promotedCount; i++) {
		release(load<usize>(promoted + (i << 3)), <usize>load<u32>(promoted + (i << 3), 4));
	}
	release(promoted, promotedCount);
	release(body, size);
	store<u8>(RESULT, fault === FINE ? 0 : 1);
	if (fault !== FINE) {
		store<u32>(RESULT, <u32>(cursor - body), 4);
		store<u8>(RESULT, <u8>fault, 8);
		return RESULT;
	}
	storeList(4 + COLUMNS_SIZE, deltas, series);
	memory.copy(RESULT + 12 + COLUMNS_SIZE, rejected, REASONS << 2);
	store<u32>(RESULT + 12 + COLUMNS_SIZE + (REASONS << 2), badExemplars);
	return RESULT;
}

export function otlp_metrics_decode_post(result: usize): void {
	if (load<u8>(result) === 0) dropFill();
}
