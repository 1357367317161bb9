import { tooMany } from './metric-bounds';
import * as columns from './metric-columns';
import * as fill from './metric-fill';
import * as tally from './metric-tally';
import { releaseBounds, startBounds } from './otlp-bounds';
import * as exemplars from './otlp-exemplar';
import { placeWord, startTexts, textAt } from './otlp-label-text';
import * as labels from './otlp-labels';
import * as metric from './otlp-metric';
import * as native from './otlp-native';
import { ACCEPTED, BROKEN, startRejections } from './otlp-rejection';
import { headScope, scopeLabels, startScopes, tallyScope } from './otlp-scope';
import { startSeries } from './otlp-series';
import * as target from './otlp-target';
import {
	cursor,
	FINE,
	fault,
	findField,
	found,
	foundSize,
	nextField,
	skipTo,
	startAt,
	varint,
} from './protobuf-reader';
import { MAX_OUTPUT, output, releaseOutput, startOutput, writeBytes, written } from './row-writer';

// ExportMetricsServiceRequest { ResourceMetrics 1 }   ResourceMetrics { Resource resource 1; ScopeMetrics 2; schema_url 3 }
// ScopeMetrics { InstrumentationScope scope 1; Metric metrics 2; schema_url 3 }
// Two passes: the first counts what the body may become, so that each column is allocated once; the second fills.

const MAX_BODY: usize = MAX_OUTPUT / 2;

let wantsScopes: bool = false;
let wantsInfo: bool = false;
let isFilling: bool = false;

export function setWanted(scopes: bool, info: bool): void {
	wantsScopes = scopes;
	wantsInfo = info;
}

/** Decodes a body; FINE, or the reason it was refused (then `cursor` says where, and nothing is allocated). */
export function decode(body: usize, size: usize): i32 {
	const end = body + size;
	startAt(body);
	tally.startTally();
	startRejections();
	isFilling = false;
	if (size > MAX_BODY) tooMany(body);
	else walkRequest(end);
	if (fault !== FINE) return fault;
	startColumns(body, size);
	startAt(body);
	isFilling = true;
	const fine = walkRequest(end);
	labels.releaseLabels();
	releaseBounds();
	// The walk has seen everything before: what is left is a value that is broken, or too much text.
	if (!fine && fault === FINE) tooMany(cursor);
	if (fault !== FINE) {
		fill.dropFill();
		releaseOutput();
		return fault;
	}
	fill.finishFill();
	exemplars.finishExemplars();
	native.finishNative();
	takeText(size);
	return FINE;
}

function startColumns(body: usize, size: usize): void {
	startOutput(size);
	writeBytes(body, size);
	startTexts(body);
	labels.setBody(body);
	labels.startLabels(<usize>tally.headLabels, <usize>tally.setLabels);
	placeWord('__name__');
	labels.setNameKey(textAt);
	fill.startFill();
	native.startNative();
	exemplars.startExemplars();
	startSeries();
	startBounds();
	target.startTargets();
	startScopes();
}

/** What was written behind the body becomes the column of texts. */
function takeText(size: usize): void {
	const text = columns.allocateColumn(columns.TEXT, <u32>(written() - size), 0);
	memory.copy(text, output + size, written() - size);
	releaseOutput();
}

function walkRequest(end: usize): bool {
	while (nextField(end, 1)) {
		const next = cursor + <usize>varint;
		if (!walkResource(next)) return false;
		skipTo(next);
	}
	return fault === FINE;
}

function walkResource(end: usize): bool {
	const start = cursor;
	if (!findField(start, end, 1)) return false;
	const resource = found;
	const resourceEnd = found + foundSize;
	metric.startRange();
	let outcome: i32 = ACCEPTED;
	if (isFilling) outcome = target.headResource(resource, resourceEnd);
	else if (!target.tallyResource(resource, resourceEnd, wantsInfo)) return false;
	if (outcome === BROKEN) return false;
	const heads = isFilling ? <u64>labels.heading() : target.headCount;
	skipTo(start);
	while (nextField(end, 2)) {
		const next = cursor + <usize>varint;
		if (!walkScope(next, heads, outcome)) return false;
		skipTo(next);
	}
	if (fault !== FINE) return false;
	if (!isFilling) return tally.isTallyWithin(start);
	if (!wantsInfo || outcome !== ACCEPTED || metric.latest === 0) return true;
	return target.addTargetInfo(resource, resourceEnd, metric.earliest, metric.latest) !== BROKEN;
}

/** `resourceOutcome`: what is wrong with the labels of the resource. */
function walkScope(end: usize, heads: u64, resourceOutcome: i32): bool {
	const start = cursor;
	if (!findField(start, end, 3)) return false;
	const schema = found;
	const schemaSize = foundSize;
	if (!findField(start, end, 1)) return false;
	const scope = found;
	const scopeEnd = found + foundSize;
	let outcome = resourceOutcome;
	if (isFilling) {
		labels.keepHeads(<usize>heads);
		if (wantsScopes && outcome === ACCEPTED) outcome = headScope(scope, scopeEnd, schema, schemaSize);
		metric.setHeadOutcome(outcome);
	} else if (!tallyScope(scope, scopeEnd, heads, wantsScopes)) return false;
	if (outcome === BROKEN) return false;
	const setHeads = heads + scopeLabels;
	skipTo(start);
	while (nextField(end, 2)) {
		const next = cursor + <usize>varint;
		if (!(isFilling ? metric.fillMetric(next) : metric.tallyMetric(next, setHeads))) return false;
		skipTo(next);
	}
	return fault === FINE;
}
