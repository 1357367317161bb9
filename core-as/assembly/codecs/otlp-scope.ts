import * as tally from './metric-tally';
import { placeBody, placeWord, textAt, textOutcome, textSize } from './otlp-label-text';
import * as labels from './otlp-labels';
import { ACCEPTED, BROKEN } from './otlp-rejection';
import { readKeyValue } from './otlp-value';
import { cursor, FINE, fault, nextField, skipTo, varint } from './protobuf-reader';
import {
	readScope,
	scopeAttributes,
	scopeName,
	scopeNameSize,
	scopeVersion,
	scopeVersionSize,
} from './scope-message';

// A scope as labels `otel_scope_*`.

let nameKeyAt: usize = 0;
let versionKeyAt: usize = 0;
let schemaKeyAt: usize = 0;

export function startScopes(): void {
	placeWord('otel_scope_name');
	nameKeyAt = textAt;
	placeWord('otel_scope_version');
	versionKeyAt = textAt;
	placeWord('otel_scope_schema_url');
	schemaKeyAt = textAt;
}

/** Labels that a scope may give. */
export let scopeLabels: u64 = 0;

/** Counts the labels of the scope at `start` behind `heads` of its resource; `wanted`: whether it gives any. */
export function tallyScope(start: usize, end: usize, heads: u64, wanted: bool): bool {
	if (!readScope(start, end)) return false;
	scopeLabels = wanted ? <u64>scopeAttributes + 3 : 0;
	tally.tallyHead(heads + scopeLabels);
	return true;
}

/** Puts the labels of the scope at `start` at the head of all label sets; a scope without a name gives none. */
export function headScope(start: usize, end: usize, schema: usize, schemaSize: usize): i32 {
	if (!readScope(start, end)) return BROKEN;
	if (scopeNameSize === 0) return ACCEPTED;
	let outcome = headText(nameKeyAt, 15, scopeName, scopeNameSize);
	if (outcome === ACCEPTED) outcome = headText(versionKeyAt, 18, scopeVersion, scopeVersionSize);
	if (outcome === ACCEPTED) outcome = headText(schemaKeyAt, 21, schema, schemaSize);
	if (outcome !== ACCEPTED || scopeAttributes === 0) return outcome;
	skipTo(start);
	while (nextField(end, 3)) {
		const next = cursor + <usize>varint;
		if (!readKeyValue(next)) return BROKEN;
		outcome = labels.addHeadAttribute('otel_scope_', labels.SCOPE_ATTRIBUTE);
		if (outcome !== ACCEPTED) return outcome;
		skipTo(next);
	}
	if (fault !== FINE) return BROKEN;
	return ACCEPTED;
}

function headText(keyAt: usize, keySize: usize, text: usize, size: usize): i32 {
	if (size === 0) return ACCEPTED;
	const outcome = textOutcome(text, size, false);
	if (outcome !== ACCEPTED) return outcome;
	placeBody(text, size);
	labels.addHead(keyAt, keySize, textAt, textSize);
	return ACCEPTED;
}
