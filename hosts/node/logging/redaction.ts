import type { LogFields } from '../../../app/logging/logger.ts';

const SECRET = /(?:key|token|secret|password|passwd|authorization|cookie|credential)s?$/i;
/** Names that end like a secret's and hold none. */
const HARMLESS = /(?:File|_file|-file|public_?key)$/i;

export const REDACTED = '[redacted]';

/** Fields with the values of secrets replaced, however deep, and errors as plain objects. */
export function redactFields(fields: LogFields): LogFields {
	return redactObject(fields, 0);
}

/** Deeper than this nothing is shown: a log line is no dump, and cycles must end. */
const MAX_DEPTH = 4;

function redactObject(object: object, depth: number): Record<string, unknown> {
	const out: Record<string, unknown> = {};
	for (const [name, value] of Object.entries(object)) {
		const secret = SECRET.test(name) && !HARMLESS.test(name) && value !== undefined && value !== null;
		out[name] = secret ? REDACTED : redactValue(value, depth + 1);
	}
	return out;
}

function redactValue(value: unknown, depth: number): unknown {
	if (typeof value === 'bigint') return String(value);
	if (typeof value !== 'object' || value === null) return value;
	if (value instanceof Error) return errorFields(value);
	if (value instanceof Date) return value.toISOString();
	if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
	if (depth > MAX_DEPTH) return '[...]';
	if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
	return redactObject(value, depth);
}

function errorFields(error: Error): Record<string, unknown> {
	const code = (error as { code?: unknown }).code;
	return { message: error.message, ...(code === undefined ? {} : { code }), stack: error.stack };
}
