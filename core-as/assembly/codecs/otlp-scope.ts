import * as tally from './metric-tally';
import { placeBody, placeWord, textAt, textOutcome, textSize } from './otlp-label-text';
import * as labels from './otlp-labels';
import { ACCEPTED, BROKEN } from './otlp-rejection';
import { readKeyValue } from './otlp-value';
import {
	BYTES,
	cursor,
	expectType,
	field,
	readLength,
	readTag,
	skipBytes,
	skipField,
	skipTo,
	varint,
} from './protobuf-reader';

// InstrumentationScope { string name 1; string version 2; KeyValue attributes 3 }, as labels `otel_scope_*`.

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

let name: usize = 0;
let nameSize: usize = 0;
let version: usize = 0;
let versionSize: usize = 0;
/** Attributes of the last scope. */
let attributes: u64 = 0;

function readScope(start: usize, end: usize): bool {
	nameSize = versionSize = 0;
	attributes = 0;
	skipTo(start);
	while (cursor < end) {
		const tagStart = cursor;
		if (!readTag(end)) return false;
		const number = field;
		if (number > 3) {
			if (!skipField(end)) return false;
			continue;
		}
		if (!expectType(BYTES, tagStart) || !readLength(end)) return false;
		if (number === 1) {
			name = cursor;
			nameSize = <usize>varint;
		} else if (number === 2) {
			version = cursor;
			versionSize = <usize>varint;
		} else attributes++;
		skipBytes(<usize>varint);
	}
	return true;
}

/** Labels that a scope may give. */
export let scopeLabels: u64 = 0;

/** Counts the labels of the scope at `start` behind `heads` of its resource; `wanted`: whether it gives any. */
export function tallyScope(start: usize, end: usize, heads: u64, wanted: bool): bool {
	if (!readScope(start, end)) return false;
	scopeLabels = wanted ? attributes + 3 : 0;
	tally.tallyHead(heads + scopeLabels);
	return true;
}

/** Puts the labels of the scope at `start` at the head of all label sets; a scope without a name gives none. */
export function headScope(start: usize, end: usize, schema: usize, schemaSize: usize): i32 {
	if (!readScope(start, end)) return BROKEN;
	if (nameSize === 0) return ACCEPTED;
	let outcome = headText(nameKeyAt, 15, name, nameSize);
	if (outcome === ACCEPTED) outcome = headText(versionKeyAt, 18, version, versionSize);
	if (outcome === ACCEPTED) outcome = headText(schemaKeyAt, 21, schema, schemaSize);
	if (outcome !== ACCEPTED || attributes === 0) return outcome;
	skipTo(start);
	while (cursor < end) {
		if (!readTag(end)) return BROKEN;
		if (field !== 3) {
			if (!skipField(end)) return BROKEN;
			continue;
		}
		if (!readLength(end)) return BROKEN;
		const next = cursor + <usize>varint;
		if (!readKeyValue(next)) return BROKEN;
		outcome = labels.addHeadAttribute('otel_scope_', labels.SCOPE_ATTRIBUTE);
		if (outcome !== ACCEPTED) return outcome;
		skipTo(next);
	}
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
