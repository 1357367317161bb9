import assert from 'node:assert/strict';
import type { CoreModules } from '../facade/component.ts';
import { createLogParser, type LogFormat, type LogSource } from '../facade/log-source.ts';
import { builtModules } from './modules.ts';
import { otlpDecoded } from './otlp-body.ts';

// Feeds a source of logs, and reads what it hands out.

let modules: Promise<CoreModules> | undefined;
/** When all lines are read, ns. */
export const NOW = 1_700_000_000_000_000_000n;

export async function open(format: LogFormat = 'plain', maxPatterns = 256, offset = 0) {
	modules ??= builtModules();
	const parser = createLogParser(await modules);
	return { parser, source: parser.open(format, maxPatterns, offset) };
}

/** A record as it is sent. */
export interface Entry {
	body: string;
	level: string;
	number: number;
	/** ns */
	time: string;
	observed: string;
	hash: string;
}

export function entries(records: Uint8Array): Entry[] {
	const decoded = otlpDecoded<{
		logRecords: {
			timeUnixNano?: string;
			observedTimeUnixNano: string;
			severityNumber?: number;
			severityText: string;
			body: { stringValue: string };
			attributes: { key: string; value: { stringValue?: string } }[];
		}[];
	}>('ScopeLogs', records);
	return decoded.logRecords.map((record) => {
		assert.equal(record.attributes[0]!.key, 'pattern.hash');
		return {
			body: record.body.stringValue,
			level: record.severityText,
			number: record.severityNumber ?? 0,
			time: record.timeUnixNano ?? '0',
			observed: record.observedTimeUnixNano,
			hash: record.attributes[0]!.value.stringValue ?? '',
		};
	});
}

export const encoder = new TextEncoder();
export function feed(source: LogSource, text: string | Uint8Array, flush = true): Entry[] {
	const bytes = typeof text === 'string' ? encoder.encode(text) : text;
	const fed = source.feed(bytes, NOW, flush);
	const found = entries(fed.records);
	assert.equal(found.length, fed.count);
	return found;
}
export const bodies = (source: LogSource, text: string) => feed(source, text).map(({ body }) => body);
