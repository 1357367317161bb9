import { putFloat, putHead, putNumber, start } from './backward-writer';
import { column, endOf, firstOf, lengthOf } from './column-source';
import { SAMPLE_ENDS, START_TIMESTAMPS, TIMESTAMPS, VALUES } from './metric-columns';

// Samples as messages, backwards; metric-samples.ts has the fields. Value and time are written even where they are 0, so
// that nearly all samples have the one form that decoders know best.

const SAMPLE: u32 = 0x12;
const VALUE: u32 = 0x09;
const TIMESTAMP: u32 = 0x10;
const START_TIMESTAMP: u32 = 0x18;
/** At most this many bytes a sample. */
const SAMPLE_BOUND: u64 = 34;

/** Bytes that all samples take at most. */
export function sampleBound(): u64 {
	return <u64>lengthOf(TIMESTAMPS) * SAMPLE_BOUND;
}

/** Writes the samples of a series; both versions of the message have them in field 2. @param hasStart as in `putHistogram` */
export function putSamples(series: usize, hasStart: bool): void {
	const ends = column(SAMPLE_ENDS);
	const first = firstOf(ends, series);
	const starts = hasStart && lengthOf(START_TIMESTAMPS) !== 0 ? column(START_TIMESTAMPS) : 0;
	for (let i = endOf(ends, series); i > first; i--) {
		const at = (i - 1) << 3;
		const end = start;
		if (starts !== 0 && load<f64>(starts + at) !== 0) {
			putNumber(START_TIMESTAMP, <u64>(<i64>load<f64>(starts + at)));
		}
		putNumber(TIMESTAMP, <u64>(<i64>load<f64>(column(TIMESTAMPS) + at)));
		putFloat(VALUE, load<u64>(column(VALUES) + at));
		putHead(SAMPLE, end);
	}
}
