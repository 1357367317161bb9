import type { RecordedBody, RecordedSignal } from './recorded-body.ts';
import type { RedactSql } from './redact-statement.ts';
import { isSecretName, REDACTED, redactNamed, redactText } from './redact-text.ts';
import { type FieldEdit, type MessageShape, rewriteMessage } from './rewrite-message.ts';

// Only fields that are named here stay: what the server does not read, nobody has looked at.

const decoder = new TextDecoder();
const strict = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();

const keep: FieldEdit = { kind: 'keep' };
const textBy = (redact: (value: string) => string): FieldEdit => ({
	kind: 'bytes',
	edit: (value) => encoder.encode(redact(decoder.decode(value))),
});
const gone = textBy(() => REDACTED);
const drop = (fields: Record<number, FieldEdit>): MessageShape => ({
	fields: new Map(Object.entries(fields).map(([number, edit]) => [Number(number), edit])),
	others: 'drop',
});
/** Fields of numbers, from one number to another. */
const keepFields = (first: number, last: number): Record<number, FieldEdit> =>
	Object.fromEntries(Array.from({ length: last - first + 1 }, (_, i) => [first + i, keep]));
const message = (shape: MessageShape): FieldEdit => ({ kind: 'message', shape: () => shape });

/** Fields of KeyValue, and of Label of remote write: both have the name first. */
const NAME = 1;
const VALUE = 2;

/** Names whose shapes are kept; at the bound all are forgotten. */
const MAX_NAMES = 4096;

/** The content of a message with a name and a value; what becomes of the value depends on the name. */
function named(editOf: (name: string) => FieldEdit): FieldEdit {
	const shapes = new Map<string, MessageShape>();
	// The last name counts, as decoders take it.
	let name = '';
	const onlyName = drop({
		[NAME]: {
			kind: 'bytes',
			edit: (value) => {
				name = decoder.decode(value);
				return value;
			},
		},
	});
	return {
		kind: 'bytes',
		edit: (bytes) => {
			name = '';
			rewriteMessage(bytes, onlyName);
			let shape = shapes.get(name);
			if (shape === undefined) {
				if (shapes.size >= MAX_NAMES) shapes.clear();
				shape = drop({ [NAME]: keep, [VALUE]: editOf(name) });
				shapes.set(name, shape);
			}
			return rewriteMessage(bytes, shape);
		},
	};
}

const bytesBy = (redact: (value: string) => string): FieldEdit => ({
	kind: 'bytes',
	edit: (value) => {
		// Bytes may be a text that somebody did not want to decode.
		try {
			return encoder.encode(redact(strict.decode(value)));
		} catch {
			return value;
		}
	},
});

/** Nothing of a secret stays, not even that it was a number. */
const secretValue: FieldEdit = {
	kind: 'bytes',
	edit: () => rewriteMessage(SECRET_TEXT, drop({ 1: gone })),
};
/** An AnyValue with an empty text. */
const SECRET_TEXT = Uint8Array.of(0x0a, 0);

/**
 * A profile has its texts in one table into which numbers point. Labels of samples are not read by the server and are left
 * out; texts that only they pointed to would stay behind, so every text that nothing points to any more is emptied.
 */
function redactProfile(body: Uint8Array, redact: Redaction['text']): Uint8Array {
	const used = new Set<bigint>();
	const reference: FieldEdit = {
		kind: 'varint',
		edit: (index) => {
			used.add(index);
			return index;
		},
	};
	const valueType = message(drop({ 1: reference, 2: reference }));
	const line = message(drop({ 1: keep, 2: keep, 3: keep }));
	const fields: Record<number, FieldEdit> = {
		1: valueType,
		2: message(drop({ 1: keep, 2: keep })),
		3: message(
			drop({
				1: keep,
				2: keep,
				3: keep,
				4: keep,
				5: reference,
				6: reference,
				7: keep,
				8: keep,
				9: keep,
				10: keep,
			}),
		),
		4: message(drop({ 1: keep, 2: keep, 3: keep, 4: line, 5: keep })),
		5: message(drop({ 1: keep, 2: reference, 3: reference, 4: reference, 5: keep })),
		6: keep,
		9: keep,
		10: keep,
		11: valueType,
		12: keep,
		14: reference,
	};
	const plain = rewriteMessage(body, drop(fields));
	let index = 0n;
	const texts = textBy((value) => (used.has(index++) ? redact(value) : ''));
	return rewriteMessage(plain, { fields: new Map([[6, texts]]), others: 'keep' });
}

/** What becomes of texts. */
interface Redaction {
	text: (value: string) => string;
	/** The value of an attribute or label. */
	named: (name: string, value: string) => string;
}

function shapesOf(redact: Redaction): Record<Exclude<RecordedSignal, 'profiles'>, MessageShape> {
	const text = textBy(redact.text);

	/** AnyValue: text 1, bool 2, int 3, double 4, list 5, map 6, bytes 7. */
	function anyValue(redact: (value: string) => string): MessageShape {
		const own: MessageShape = drop({
			1: textBy(redact),
			2: keep,
			3: keep,
			4: keep,
			5: { kind: 'message', shape: () => drop({ 1: message(own) }) },
			6: { kind: 'message', shape: () => drop({ 1: keyValue }) },
			7: bytesBy(redact),
		});
		return own;
	}

	const keyValue: FieldEdit = named((name) =>
		isSecretName(name) ? secretValue : message(anyValue((value) => redact.named(name, value))),
	);

	const resource = message(drop({ 1: keyValue }));
	const scope = message(drop({ 1: text, 2: text, 3: keyValue }));
	const logRecord = message(
		drop({
			1: keep,
			2: keep,
			3: text,
			5: message(anyValue(redact.text)),
			6: keyValue,
			8: keep,
			9: keep,
			10: keep,
			11: keep,
			12: text,
		}),
	);
	const event = message(drop({ 1: keep, 2: text, 3: keyValue }));
	const link = message(drop({ 1: keep, 2: keep, 3: text, 4: keyValue }));
	const status = message(drop({ 2: text, 3: keep }));
	const span = message(
		drop({
			1: keep,
			2: keep,
			3: text,
			4: keep,
			5: text,
			6: keep,
			7: keep,
			8: keep,
			9: keyValue,
			11: event,
			13: link,
			15: status,
			16: keep,
		}),
	);
	/** Export requests of all signals: resources, scopes, rows. */
	const otlp = (row: FieldEdit) =>
		drop({ 1: message(drop({ 1: resource, 2: message(drop({ 1: scope, 2: row })) })) });

	const label = named((name) => textBy((value) => redact.named(name, value)));
	const sample = message(drop({ 1: keep, 2: keep }));
	/** Numbers only, and spans of numbers. */
	const nativeHistogram = message(drop(keepFields(1, 17)));
	const family = message(drop({ 1: keep, 2: text, 4: text, 5: text }));
	const metrics = drop({ 1: message(drop({ 1: label, 2: sample, 4: nativeHistogram })), 3: family });

	const exemplar = message(drop({ ...keepFields(2, 6), 7: keyValue }));
	const numberPoint = drop({ ...keepFields(2, 8), 5: exemplar, 7: keyValue });
	const histogramPoint = drop({ ...keepFields(2, 12), 8: exemplar, 9: keyValue });
	const exponentialPoint = drop({ ...keepFields(2, 14), 1: keyValue, 11: exemplar });
	const summaryPoint = drop({ ...keepFields(2, 8), 7: keyValue });
	/** Points 1, temporality 2, whether it only rises 3. */
	const points = (point: MessageShape) => message(drop({ 1: message(point), 2: keep, 3: keep }));
	const metric = message(
		drop({
			1: text,
			2: text,
			3: text,
			5: points(numberPoint),
			7: points(numberPoint),
			9: points(histogramPoint),
			10: points(exponentialPoint),
			11: points(summaryPoint),
		}),
	);
	return { metrics, logs: otlp(logRecord), traces: otlp(span), 'otlp-metrics': otlp(metric) };
}

/** Makes bodies without secrets; what it gives throws where a body is no message of its signal. */
export function bodyRedactor(redactSql: RedactSql): (given: RecordedBody) => RecordedBody {
	const redact: Redaction = {
		text: (value) => redactText(value, redactSql),
		named: (name, value) => redactNamed(name, value, redactSql),
	};
	const shapes = shapesOf(redact);
	return (given) => {
		const { signal, source } = given;
		return {
			...given,
			body:
				signal === 'profiles'
					? redactProfile(given.body, redact.text)
					: rewriteMessage(given.body, shapes[signal]),
			source: source && {
				service: redact.text(source.service),
				container: redact.text(source.container),
				host: redact.text(source.host),
				labels: Object.fromEntries(
					Object.entries(source.labels).map(([name, value]) => [name, redact.named(name, value)]),
				),
			},
		};
	};
}
