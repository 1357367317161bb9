import * as fill from './metric-fill';
import * as tally from './metric-tally';
import { exemplarCount } from './otlp-exemplar';
import { placeText, placeValue, placeWord, textAt, textSize } from './otlp-label-text';
import * as labels from './otlp-labels';
import { nativeCount } from './otlp-native';
import { ACCEPTED, BROKEN } from './otlp-rejection';
import { key, keySize, readKeyValue, value, valueSize } from './otlp-value';
import { isWord } from './prometheus-unit';
import { cursor, FINE, fault, nextField, skipTo, varint } from './protobuf-reader';
import { overflowed, writeAgain, writeU8, written } from './row-writer';

// What a resource gives to its series: `job` of service.namespace and service.name, `instance` of service.instance.id, the
// attributes that are promoted; and the series `target_info`, which has all the others.

/** Samples of one `target_info`, and how far they are apart: half of the time that Prometheus looks back. */
const MAX_SAMPLES: u32 = 16;
const STEP: f64 = 150_000;

/** list<string>: pointer and size each. */
let promoted: usize = 0;
let promotedCount: usize = 0;

let jobAt: usize = 0;
let instanceAt: usize = 0;
let infoAt: usize = 0;

export function setPromoted(list: usize, count: usize): void {
	promoted = list;
	promotedCount = count;
}

export function startTargets(): void {
	placeWord('job');
	jobAt = textAt;
	placeWord('instance');
	instanceAt = textAt;
	placeWord('target_info');
	infoAt = textAt;
}

function isPromoted(name: usize, size: usize): bool {
	for (let i: usize = 0; i < promotedCount; i++) {
		const entry = promoted + (i << 3);
		if (<usize>load<u32>(entry, 4) === size && memory.compare(<usize>load<u32>(entry), name, size) === 0)
			return true;
	}
	return false;
}

/** Attributes of the last resource, and how many of them may become labels of its series. */
export let attributeCount: u64 = 0;
export let headCount: u64 = 0;

/** Reads the next attribute between `cursor` and `end`: 1, 0 at the end, -1 when it is broken. */
function nextAttribute(end: usize): i32 {
	if (!nextField(end, 1)) return fault === FINE ? 0 : -1;
	const next = cursor + <usize>varint;
	if (!readKeyValue(next)) return -1;
	skipTo(next);
	return 1;
}

/** Counts the attributes of the resource at `start`. */
export function tallyResource(start: usize, end: usize, hasInfo: bool): bool {
	attributeCount = 0;
	headCount = 2;
	skipTo(start);
	let found = nextAttribute(end);
	for (; found > 0; found = nextAttribute(end)) {
		attributeCount++;
		if (isPromoted(key, keySize)) headCount++;
	}
	if (found < 0) return false;
	tally.tallyHead(headCount);
	if (hasInfo && attributeCount !== 0) tally.tallySeries(1, attributeCount + headCount + 1, MAX_SAMPLES);
	return true;
}

let hasService = false;
let service: usize = 0;
let serviceSize: usize = 0;
let hasSpace = false;
let space: usize = 0;
let spaceSize: usize = 0;
let hasInstance = false;
let instance: usize = 0;
let instanceSize: usize = 0;

/** Notes an attribute that becomes part of `job` or `instance`. */
function noteIdentity(): bool {
	if (isWord(key, keySize, 'service.name')) {
		hasService = true;
		service = value;
		serviceSize = valueSize;
	} else if (isWord(key, keySize, 'service.namespace')) {
		hasSpace = true;
		space = value;
		spaceSize = valueSize;
	} else if (isWord(key, keySize, 'service.instance.id')) {
		hasInstance = true;
		instance = value;
		instanceSize = valueSize;
	} else return false;
	return true;
}

/** Puts the labels of the resource at `start` at the head of all label sets. */
export function headResource(start: usize, end: usize): i32 {
	labels.keepHeads(0);
	hasService = hasSpace = hasInstance = false;
	skipTo(start);
	let found = nextAttribute(end);
	for (; found > 0; found = nextAttribute(end)) {
		const next = cursor;
		noteIdentity();
		if (isPromoted(key, keySize)) {
			const outcome = labels.addHeadAttribute('', labels.PROMOTED);
			if (outcome !== ACCEPTED) return outcome;
		}
		skipTo(next);
	}
	if (found < 0) return BROKEN;
	const outcome = headIdentity();
	skipTo(end);
	return outcome;
}

function headIdentity(): i32 {
	if (hasService) {
		let outcome = placeValue(service, serviceSize);
		if (outcome !== ACCEPTED) return outcome;
		if (hasSpace) {
			outcome = joinSpace();
			if (outcome !== ACCEPTED) return outcome;
		}
		labels.addHead(jobAt, 3, textAt, textSize);
	}
	if (!hasInstance) return ACCEPTED;
	const outcome = placeValue(instance, instanceSize);
	if (outcome === ACCEPTED) labels.addHead(instanceAt, 8, textAt, textSize);
	return outcome;
}

/** Namespace, slash and the name that was placed last. */
function joinSpace(): i32 {
	const nameAt = textAt;
	const nameSize = textSize;
	const outcome = placeValue(space, spaceSize);
	if (outcome !== ACCEPTED) return outcome;
	const at = written();
	writeAgain(textAt, textSize);
	writeU8(0x2f);
	writeAgain(nameAt, nameSize);
	if (overflowed) return BROKEN;
	placeText(at, written() - at);
	return ACCEPTED;
}

/**
 * Adds `target_info` of the resource at `start`, with samples of 1 up to its latest one. Nothing is added where the resource
 * has nothing to say, or nothing to say it of.
 */
export function addTargetInfo(start: usize, end: usize, earliest: f64, latest: f64): i32 {
	labels.keepHeads(0);
	const identity = headIdentity();
	if (identity !== ACCEPTED) return identity;
	labels.startWork();
	let others = false;
	skipTo(start);
	let found = nextAttribute(end);
	for (; found > 0; found = nextAttribute(end)) {
		const next = cursor;
		if (!noteIdentity()) {
			others = true;
			const outcome = labels.addWork();
			if (outcome !== ACCEPTED) return outcome;
		}
		skipTo(next);
	}
	if (found < 0) return BROKEN;
	const outcome = labels.mergeWork();
	if (outcome !== ACCEPTED) return outcome;
	if (!others || !(labels.hasLabel('job') || labels.hasLabel('instance'))) return ACCEPTED;
	const steps = min(ceil((latest - earliest) / STEP), <f64>(MAX_SAMPLES - 1));
	for (let step = steps; step > 0; step--) fill.addSample(max(latest - step * STEP, earliest), 1, 0);
	fill.addSample(latest, 1, 0);
	const count = labels.writeSet(fill.nextLabels(), infoAt, 11);
	fill.endSeries(count, false, exemplarCount(), nativeCount());
	return ACCEPTED;
}
