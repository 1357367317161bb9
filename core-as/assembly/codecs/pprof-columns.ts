import { allocate } from '../abi/memory';
import { allTextBytes, allTexts, text, textLength, useText } from './pprof-frames';
import { indexProfile, typeCount, types } from './pprof-index';
import { readSamples, sampleValues, stackEnds } from './pprof-samples';
import { FINE, fault } from './protobuf-reader';

// A profile as columns: most of them are the lists that the samples are read into; the others are made here.

/** The caller frees those that are not empty. */
export let textBytes: usize = 0;
export let textBytesUsed: usize = 0;
export let textEnds: usize = 0;
export let textEndsUsed: usize = 0;
/** Type by type. */
export let typeValues: usize = 0;
export let typeNames: usize = 0;
export let typeUnits: usize = 0;

/** FINE, or the reason the body was refused (then the reader says where). Both leave index and samples to be ended. */
export function decodeColumns(body: usize, size: usize): i32 {
	if (!indexProfile(body, body + size) || !readSamples(body + size, true)) return fault;
	copyTexts();
	turnValues();
	splitTypes();
	return FINE;
}

function copyTexts(): void {
	textBytes = allocate(allTextBytes());
	textEndsUsed = <usize>allTexts();
	textEnds = allocate(textEndsUsed << 2);
	textBytesUsed = 0;
	for (let i: u32 = 0; i < allTexts(); i++) {
		useText(i);
		memory.copy(textBytes + textBytesUsed, text, textLength);
		textBytesUsed += textLength;
		store<u32>(textEnds + ((<usize>i) << 2), <u32>textBytesUsed);
	}
}

function turnValues(): void {
	const samples = <usize>stackEnds.used;
	const kinds = <usize>typeCount;
	typeValues = allocate((samples * kinds) << 3);
	for (let kind: usize = 0; kind < kinds; kind++) {
		let to = typeValues + ((kind * samples) << 3);
		let from = sampleValues.at + (kind << 3);
		for (let i: usize = 0; i < samples; i++) {
			store<f64>(to, <f64>load<i64>(from));
			to += 8;
			from += kinds << 3;
		}
	}
}

function splitTypes(): void {
	const size = (<usize>typeCount) << 2;
	typeNames = allocate(size);
	typeUnits = allocate(size);
	for (let i: usize = 0; i < <usize>typeCount; i++) {
		store<u32>(typeNames + (i << 2), load<u32>(types + (i << 3)));
		store<u32>(typeUnits + (i << 2), load<u32>(types + (i << 3), 4));
	}
}
