import { allocate } from '../abi/memory';
import { isMetricName, LABEL_SIZE } from './label-set';
import { REF_SIZE } from './metric-columns';
import {
	BAD_NAME,
	BAD_REF,
	BAD_UTF8,
	DUPLICATE_LABEL,
	EMPTY_LABEL_NAME,
	EMPTY_LABEL_VALUE,
	NO_NAME,
	UNSORTED_LABELS,
	VALID,
	worse,
} from './series-fault';
import { classify, compareText, HAS_CONTROL, HAS_HIGH } from './text';
import { isUtf8 } from './utf8';

// The symbol table of remote write 2.0. A text is looked at once, however often it is used.
// Doubled texts do no harm, so the table may hold some although the specification forbids it.

/** What a symbol is, beside its text. */
const CONTROL: u32 = 1;
const NO_UTF8: u32 = 2;
const METRIC_NAME: u32 = 4;

let symbols: u32 = 0;
let known: u32 = 0;
/** A reference per symbol. */
let refs: usize = 0;
/** A byte per symbol. */
let traits: usize = 0;

/** Bytes of the table. */
export function symbolBytes(count: u32): u64 {
	return <u64>count * 9;
}

export function startSymbols(count: u32): void {
	symbols = count;
	known = 0;
	refs = allocate((<usize>count) << 3);
	traits = allocate(<usize>count);
}

export function releaseSymbols(): void {
	heap.free(refs);
	heap.free(traits);
}

/** Adds the text of `size` bytes at `p`; call as often as was announced. */
export function addSymbol(body: usize, p: usize, size: usize): void {
	const ref = refs + ((<usize>known) << 3);
	store<u32>(ref, <u32>(p - body));
	store<u32>(ref, <u32>size, 4);
	const found = classify(p, size);
	let trait: u32 = (found & HAS_CONTROL) !== 0 ? CONTROL : 0;
	if ((found & HAS_HIGH) !== 0 && !isUtf8(p, size)) trait |= NO_UTF8;
	if (isMetricName(p, size)) trait |= METRIC_NAME;
	store<u8>(traits + <usize>known, <u8>trait);
	known++;
}

/** Stores the reference of a symbol at `at`; false, and a reference to nothing, when there is no such symbol. */
export function resolveSymbol(number: u32, at: usize): bool {
	store<u64>(at, number < symbols ? load<u64>(refs + ((<usize>number) << 3)) : 0);
	return number < symbols;
}

/**
 * Turns `count` labels that hold numbers of symbols into references, and says what breaks the rules for a series: names
 * must rise, no text may be empty, one name is `__name__`.
 * Source: https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/#series-labels
 */
export function resolveSeriesLabels(body: usize, labels: usize, count: usize): u8 {
	let fault = VALID;
	let named: bool = false;
	for (let i: usize = 0; i < count; i++) {
		const label = labels + i * LABEL_SIZE;
		const found = resolveLabel(label);
		fault = worse(fault, found);
		if (load<u32>(label, 12) === 0) fault = worse(fault, EMPTY_LABEL_VALUE);
		named = named || isNameLabel;
		if (i === 0) continue;
		const order = compareText(
			body + load<u32>(label - LABEL_SIZE),
			<usize>load<u32>(label - LABEL_SIZE, 4),
			body + load<u32>(label),
			<usize>load<u32>(label, 4),
		);
		if (order === 0) fault = worse(fault, DUPLICATE_LABEL);
		else if (order > 0) fault = worse(fault, UNSORTED_LABELS);
	}
	return named ? fault : worse(fault, NO_NAME);
}

/** The same for an exemplar, whose labels stand in any order. */
export function resolveExemplarLabels(labels: usize, count: usize): u8 {
	let fault = VALID;
	for (let i: usize = 0; i < count; i++) fault = worse(fault, resolveLabel(labels + i * LABEL_SIZE));
	return fault;
}

/** Whether the label that was resolved last names the metric. */
let isNameLabel: bool = false;

function resolveLabel(label: usize): u8 {
	isNameLabel = false;
	const name = load<u32>(label);
	const value = load<u32>(label, 8);
	const hasName = resolveSymbol(name, label);
	if (!resolveSymbol(value, label + REF_SIZE) || !hasName) return BAD_REF;
	const nameTraits = <u32>load<u8>(traits + <usize>name);
	const valueTraits = <u32>load<u8>(traits + <usize>value);
	isNameLabel = (nameTraits & METRIC_NAME) !== 0;
	if (load<u32>(label, 4) === 0) return EMPTY_LABEL_NAME;
	if (((nameTraits | valueTraits) & NO_UTF8) !== 0) return BAD_UTF8;
	const names = nameTraits | (isNameLabel ? valueTraits : 0);
	return (names & CONTROL) !== 0 ? BAD_NAME : VALID;
}
