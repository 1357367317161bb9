import { u32At } from '../abi/list';
import { mix } from './mix';
import { frameFiles, frameHash, frameLines, frameNames, text, textLength, useText } from './pprof-frames';
import { duration, endIndex, indexProfile, time, typeCount, types } from './pprof-index';
import { endSamples, readSamples, sampleValues, stackEnds, stackFrames } from './pprof-samples';
import { FINE, fail, fault, TOO_MANY } from './protobuf-reader';
import {
	overflowed,
	startOutput,
	writeBytes,
	writeText,
	writeU32,
	writeU64,
	writeVarUint,
} from './row-writer';

// Samples of a profile as rows: the columns of the prefix, start, end, types, units, values, stack_hash, functions,
// files, lines; frames leaf first.

export let rows: u32 = 0;
export let start: u64 = 0;
export let end: u64 = 0;

/** Decodes a body into the row writer's output; FINE, or the reason it was refused (then the reader says where). */
export function decode(body: usize, size: usize, prefix: usize, prefixSize: usize, now: u64): i32 {
	rows = 0;
	startOutput(size);
	const fine = indexProfile(body, body + size) && readSamples(body + size, false);
	if (fine) writeRows(body + size, prefix, prefixSize, now);
	endSamples();
	endIndex();
	return fine && !overflowed ? FINE : fault;
}

function writeRows(bodyEnd: usize, prefix: usize, prefixSize: usize, now: u64): void {
	end = time === 0 ? now : time;
	start = end - min(duration, end);
	let from: u32 = 0;
	for (let sample: u32 = 0; sample < stackEnds.used; sample++) {
		const to = u32At(stackEnds, sample);
		const values = sampleValues.at + ((<usize>sample * <usize>typeCount) << 3);
		if (hasValue(values)) {
			writeBytes(prefix, prefixSize);
			writeRow(values, from, to);
			if (overflowed) {
				fail(TOO_MANY, bodyEnd);
				return;
			}
			rows++;
		}
		from = to;
	}
}

function hasValue(values: usize): bool {
	for (let i: usize = 0; i < <usize>typeCount; i++) if (load<u64>(values + (i << 3)) !== 0) return true;
	return false;
}

function writeRow(values: usize, from: u32, to: u32): void {
	writeU64(start);
	writeU64(end);
	for (let unit: usize = 0; unit < 2; unit++) {
		writeVarUint(typeCount);
		for (let i: usize = 0; i < <usize>typeCount; i++)
			writeNumbered(load<u32>(types + (i << 3) + (unit << 2)));
	}
	writeVarUint(typeCount);
	for (let i: usize = 0; i < <usize>typeCount; i++) writeU64(load<u64>(values + (i << 3)));
	let hash: u64 = 0;
	for (let i = from; i < to; i++) hash = mix(hash * 3 + frameHash(u32At(stackFrames, i)));
	writeU64(hash);
	for (let column: u32 = 0; column < 3; column++) {
		writeVarUint(to - from);
		// A short stack of long names may be more than the bound: nothing is written beyond it.
		for (let i = from; i < to && !overflowed; i++) {
			const frame = u32At(stackFrames, i);
			if (column === 0) writeNumbered(u32At(frameNames, frame));
			else if (column === 1) writeNumbered(u32At(frameFiles, frame));
			else writeU32(u32At(frameLines, frame));
		}
	}
}

function writeNumbered(number: u32): void {
	useText(number);
	writeText(text, textLength);
}
