import { allocate, release } from '../abi/memory';
import { CANDIDATE, compareNames, sortCandidates } from './label-candidates';
import { isMetricName, LABEL_SIZE } from './label-set';
import { storeRef } from './metric-fill';
import { placeName, placeValue, textAt, textSize } from './otlp-label-text';
import { ACCEPTED, BROKEN } from './otlp-rejection';
import { key, keySize, readKeyValue, value, valueSize } from './otlp-value';
import { cursor, FINE, fault, nextField, skipTo, varint } from './protobuf-reader';
import { output, overflowed, writeAgain, writeU8, written } from './row-writer';

// The labels that all series of a data point have: its attributes, what its resource and scope give, sorted and merged.
// Where names meet, the higher rank wins; of one rank the values are joined by `;` in the order of their keys.

export const PROMOTED: u32 = 0;
export const ATTRIBUTE: u32 = 1;
export const SCOPE_ATTRIBUTE: u32 = 2;
/** What describes a scope or a target itself. */
export const IDENTITY: u32 = 3;

/** Candidates of the resource, then of the scope, and the room where those of a point come to them. */
let heads: usize = 0;
let work: usize = 0;
let headCount: usize = 0;
let workCount: usize = 0;
/** The merged labels, as in columns but without `__name__`. */
let base: usize = 0;
export let baseCount: usize = 0;
/** How many of them sort before `__name__`. */
let namePlace: usize = 0;

export function startLabels(headLabels: usize, setLabels: usize): void {
	heads = allocate(headLabels * CANDIDATE);
	work = allocate(setLabels * CANDIDATE);
	base = allocate(setLabels * LABEL_SIZE);
	headCount = 0;
}

export function releaseLabels(): void {
	release(heads, heads);
	release(work, work);
	release(base, base);
	heads = work = base = 0;
}

export function heading(): usize {
	return headCount;
}

/** Keeps the first candidates of resource and scope. */
export function keepHeads(count: usize): void {
	headCount = count;
}

/** A candidate of resource or scope: a name and a value in the output. */
export function addHead(nameAt: usize, nameSize: usize, valueAt: usize, size: usize): void {
	storeCandidate(heads + headCount * CANDIDATE, nameAt, nameSize, valueAt, size, IDENTITY);
	headCount++;
}

/** A candidate of resource or scope: the attribute that was read last. */
export function addHeadAttribute(prefix: string, rank: u32): i32 {
	const outcome = placeAttribute(heads + headCount * CANDIDATE, prefix, rank);
	if (outcome === ACCEPTED) headCount++;
	return outcome;
}

function storeCandidate(
	to: usize,
	nameAt: usize,
	nameSize: usize,
	valueAt: usize,
	size: usize,
	rank: u32,
): void {
	storeRef(to, nameAt, nameSize);
	storeRef(to + 8, valueAt, size);
	storeRef(to + 16, nameAt, nameSize);
	store<u32>(to, rank, 24);
	store<u32>(to, <u32>((to - heads) / CANDIDATE), 28);
}

function placeAttribute(to: usize, prefix: string, rank: u32): i32 {
	const keyAt = key;
	const size = keySize;
	const valueAt = value;
	const ofValue = valueSize;
	let outcome = placeName(prefix, keyAt, size);
	if (outcome !== ACCEPTED) return outcome;
	const nameAt = textAt;
	const nameSize = textSize;
	outcome = placeValue(valueAt, ofValue);
	if (outcome !== ACCEPTED) return outcome;
	storeCandidate(to, nameAt, nameSize, textAt, textSize, rank);
	placeKey(to, keyAt, size);
	return ACCEPTED;
}

let body: usize = 0;

export function setBody(bodyAt: usize): void {
	body = bodyAt;
}

function placeKey(to: usize, keyAt: usize, size: usize): void {
	storeRef(to + 16, keyAt - body, size);
}

/** Merges the attributes under field `number` between `start` and `end` with what resource and scope give. */
export function mergeAttributes(number: u32, start: usize, end: usize): i32 {
	startWork();
	skipTo(start);
	while (nextField(end, number)) {
		const next = cursor + <usize>varint;
		if (!readKeyValue(next)) return BROKEN;
		const outcome = addWork();
		if (outcome !== ACCEPTED) return outcome;
		skipTo(next);
	}
	if (fault !== FINE) return BROKEN;
	return mergeWork();
}

/** Begins a label set with what resource and scope give. */
export function startWork(): void {
	memory.copy(work, heads, headCount * CANDIDATE);
	workCount = headCount;
}

/** Adds the attribute that was read last. */
export function addWork(): i32 {
	const to = work + workCount * CANDIDATE;
	const outcome = placeAttribute(to, '', ATTRIBUTE);
	if (outcome !== ACCEPTED) return outcome;
	store<u32>(to, <u32>workCount, 28);
	workCount++;
	return ACCEPTED;
}

/** Sorts and merges the label set. */
export function mergeWork(): i32 {
	sortCandidates(work, workCount);
	baseCount = 0;
	namePlace = 0;
	for (let i: usize = 0; i < workCount; ) {
		const first = work + i * CANDIDATE;
		let behind = i + 1;
		let joined: usize = 1;
		while (behind < workCount && compareNames(first, work + behind * CANDIDATE) === 0) {
			if (load<u32>(work + behind * CANDIDATE, 24) === load<u32>(first, 24)) joined++;
			behind++;
		}
		if (joined > 1) joinValues(first, joined);
		if (overflowed) return BROKEN;
		i = behind;
		const isName = isMetricName(output + <usize>load<u32>(first), <usize>load<u32>(first, 4));
		// In the data model a label with an empty value is the same as no label.
		if (isName || load<u32>(first, 12) === 0) continue;
		const label = base + baseCount * LABEL_SIZE;
		v128.store(label, v128.load(first));
		if (compareWord(label, NAME) < 0) namePlace = baseCount + 1;
		baseCount++;
	}
	return ACCEPTED;
}

function joinValues(first: usize, count: usize): void {
	const at = written();
	for (let i: usize = 0; i < count && !overflowed; i++) {
		const candidate = first + i * CANDIDATE;
		if (i !== 0) writeU8(0x3b);
		writeAgain(<usize>load<u32>(candidate, 8), <usize>load<u32>(candidate, 12));
	}
	storeRef(first + 8, at, written() - at);
}

const NAME = '__name__';

/** Orders the name of a label and an ASCII word. */
function compareWord(label: usize, word: string): i32 {
	const name = output + <usize>load<u32>(label);
	const size = <i32>load<u32>(label, 4);
	const common = min(size, word.length);
	for (let i = 0; i < common; i++) {
		const difference = <i32>load<u8>(name + <usize>i) - word.charCodeAt(i);
		if (difference !== 0) return difference;
	}
	return size - word.length;
}

/** True when a label of the set has that name. */
export function hasLabel(word: string): bool {
	for (let i: usize = 0; i < baseCount; i++) {
		if (compareWord(base + i * LABEL_SIZE, word) === 0) return true;
	}
	return false;
}

/** Where a label of its own would stand in the set; one of the same name gives way. */
export let extraPlace: usize = 0;
let extraHides: bool = false;

export function findExtra(word: string): void {
	extraPlace = namePlace;
	while (extraPlace < baseCount && compareWord(base + extraPlace * LABEL_SIZE, word) < 0) extraPlace++;
	extraHides = extraPlace < baseCount && compareWord(base + extraPlace * LABEL_SIZE, word) === 0;
}

let nameKeyAt: usize = 0;

/** Where the output holds `__name__`. */
export function setNameKey(at: usize): void {
	nameKeyAt = at;
}

/** Writes the set with its name at `to`; returns how many labels there are. References are offset and size. */
export function writeSet(to: usize, name: usize, nameSize: usize): usize {
	memory.copy(to, base, namePlace * LABEL_SIZE);
	const label = to + namePlace * LABEL_SIZE;
	storeRef(label, nameKeyAt, <usize>NAME.length);
	storeRef(label + 8, name, nameSize);
	memory.copy(label + LABEL_SIZE, base + namePlace * LABEL_SIZE, (baseCount - namePlace) * LABEL_SIZE);
	return baseCount + 1;
}

/** The same with the label that `findExtra` looked for. */
export function writeExtraSet(
	to: usize,
	name: usize,
	nameSize: usize,
	extra: usize,
	extraSize: usize,
	valueAt: usize,
	size: usize,
): usize {
	writeSet(to, name, nameSize);
	// One further on, behind the name.
	const label = to + (extraPlace + 1) * LABEL_SIZE;
	storeRef(label, extra, extraSize);
	storeRef(label + 8, valueAt, size);
	const from = extraPlace + (extraHides ? 1 : 0);
	memory.copy(label + LABEL_SIZE, base + from * LABEL_SIZE, (baseCount - from) * LABEL_SIZE);
	return baseCount + (extraHides ? 1 : 2);
}
