import { BAD_NAME, BAD_UTF8, DUPLICATE_LABEL, EMPTY_LABEL_NAME, NO_NAME, VALID, worse } from './series-fault';
import { classify, compareText, HAS_CONTROL, HAS_HIGH } from './text';
import { isUtf8 } from './utf8';

// A label set is `count` entries of four u32: name offset, name length, value offset, value length,
// offsets into a body. Everything here works on such an array in place.

export const LABEL_SIZE: usize = 16;

/** Sorts the labels by name bytes and says what breaks the specification, or VALID. */
export function validateLabels(body: usize, labels: usize, count: usize): u8 {
	let fault = VALID;
	let sorted = true;
	let named: bool = false;
	for (let i: usize = 0; i < count; i++) {
		const label = labels + i * LABEL_SIZE;
		const name = body + load<u32>(label);
		const size = <usize>load<u32>(label, 4);
		if (size === 0) fault = worse(fault, EMPTY_LABEL_NAME);
		else fault = worse(fault, faultOfText(name, size, true));
		const value = body + load<u32>(label, 8);
		const isName = isMetricName(name, size);
		named = named || isName;
		fault = worse(fault, faultOfText(value, <usize>load<u32>(label, 12), isName));
		if (i > 0 && sorted) {
			const order = compareNames(body, label - LABEL_SIZE, label);
			if (order === 0) fault = worse(fault, DUPLICATE_LABEL);
			if (order > 0) sorted = false;
		}
	}
	if (!sorted) {
		heapSort(body, labels, count);
		for (let i: usize = 1; i < count; i++) {
			const label = labels + i * LABEL_SIZE;
			if (compareNames(body, label - LABEL_SIZE, label) === 0) fault = worse(fault, DUPLICATE_LABEL);
		}
	}
	if (!named && fault === VALID) fault = NO_NAME;
	return fault;
}

/** Control characters in a name would break every text format that names are written to. */
export function faultOfText(p: usize, size: usize, isName: bool): u8 {
	const found = classify(p, size);
	if ((found & HAS_HIGH) !== 0 && !isUtf8(p, size)) return BAD_UTF8;
	return isName && (found & HAS_CONTROL) !== 0 ? BAD_NAME : VALID;
}

/** `__name__` */
export function isMetricName(pointer: usize, size: usize): bool {
	return size === 8 && load<u64>(pointer) === 0x5f5f656d616e5f5f;
}

function compareNames(body: usize, left: usize, right: usize): i32 {
	return compareText(
		body + load<u32>(left),
		<usize>load<u32>(left, 4),
		body + load<u32>(right),
		<usize>load<u32>(right, 4),
	);
}

/** In place and never quadratic: the order comes from outside. */
function heapSort(body: usize, labels: usize, count: usize): void {
	for (let root = <isize>(count >> 1) - 1; root >= 0; root--) sift(body, labels, <usize>root, count);
	for (let last = count - 1; last > 0; last--) {
		swap(labels, labels + last * LABEL_SIZE);
		sift(body, labels, 0, last);
	}
}

function sift(body: usize, labels: usize, root: usize, count: usize): void {
	while (true) {
		let child = root * 2 + 1;
		if (child >= count) return;
		let childLabel = labels + child * LABEL_SIZE;
		if (child + 1 < count && compareNames(body, childLabel, childLabel + LABEL_SIZE) < 0) {
			child++;
			childLabel += LABEL_SIZE;
		}
		const rootLabel = labels + root * LABEL_SIZE;
		if (compareNames(body, rootLabel, childLabel) >= 0) return;
		swap(rootLabel, childLabel);
		root = child;
	}
}

function swap(left: usize, right: usize): void {
	const kept = v128.load(left);
	v128.store(left, v128.load(right));
	v128.store(right, kept);
}
