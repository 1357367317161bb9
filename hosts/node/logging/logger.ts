import { pino } from 'pino';
import type { LogFields, Logger } from '../../../app/logging/logger.ts';
import { humanLine } from './human-line.ts';
import { redactFields } from './redaction.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** Where lines go: a stream's `write` and whether a person reads it. */
export interface LogSink {
	write(text: string): unknown;
	isTTY?: boolean;
}

export interface LoggerOptions {
	/** Default: stderr, so that stdout stays free for what a program prints. */
	sink?: LogSink;
	/** Default: CODEXRAY_LOG_LEVEL, else info. */
	level?: LogLevel;
	/** Default: the process's environment. */
	env?: Record<string, string | undefined>;
	fields?: LogFields;
}

/**
 * Lines for people on a terminal, one JSON object a line elsewhere (`level` in words, `time` in ISO 8601).
 * Values of fields that are named like secrets are replaced.
 */
export function createLogger(options: LoggerOptions = {}): Logger {
	const env = options.env ?? process.env;
	const sink = options.sink ?? process.stderr;
	const level = options.level ?? levelOf(env.CODEXRAY_LOG_LEVEL);
	if (sink.isTTY) {
		const colour = !env.NO_COLOR && env.TERM !== 'dumb';
		return new HumanLogger(sink, level, colour, options.fields ?? {});
	}
	const destination = { write: (line: string) => void sink.write(line) };
	const base = pino(
		{
			level,
			base: null,
			timestamp: () => `,"time":"${new Date().toISOString()}"`,
			formatters: { level: (label) => ({ level: label }) },
			messageKey: 'message',
		},
		destination,
	);
	return new JsonLogger(base.child(redactFields(options.fields ?? {})));
}

/** Words that are no level count as info. */
export function levelOf(text: string | undefined): LogLevel {
	const wanted = text?.toLowerCase();
	return LEVELS.find((level) => level === wanted) ?? 'info';
}

interface PinoLike {
	debug(fields: object, message: string): void;
	info(fields: object, message: string): void;
	warn(fields: object, message: string): void;
	error(fields: object, message: string): void;
	child(fields: object): PinoLike;
}

class JsonLogger implements Logger {
	readonly #pino: PinoLike;

	constructor(base: PinoLike) {
		this.#pino = base;
	}

	debug(message: string, fields: LogFields = {}): void {
		this.#pino.debug(redactFields(fields), message);
	}
	info(message: string, fields: LogFields = {}): void {
		this.#pino.info(redactFields(fields), message);
	}
	warn(message: string, fields: LogFields = {}): void {
		this.#pino.warn(redactFields(fields), message);
	}
	error(message: string, fields: LogFields = {}): void {
		this.#pino.error(redactFields(fields), message);
	}
	child(fields: LogFields): Logger {
		return new JsonLogger(this.#pino.child(redactFields(fields)));
	}
}

class HumanLogger implements Logger {
	readonly #sink: LogSink;
	readonly #level: LogLevel;
	readonly #colour: boolean;
	readonly #fields: LogFields;

	constructor(sink: LogSink, level: LogLevel, colour: boolean, fields: LogFields) {
		this.#sink = sink;
		this.#level = level;
		this.#colour = colour;
		this.#fields = fields;
	}

	debug(message: string, fields?: LogFields): void {
		this.#write('debug', message, fields);
	}
	info(message: string, fields?: LogFields): void {
		this.#write('info', message, fields);
	}
	warn(message: string, fields?: LogFields): void {
		this.#write('warn', message, fields);
	}
	error(message: string, fields?: LogFields): void {
		this.#write('error', message, fields);
	}
	child(fields: LogFields): Logger {
		return new HumanLogger(this.#sink, this.#level, this.#colour, { ...this.#fields, ...fields });
	}

	#write(level: LogLevel, message: string, fields: LogFields = {}): void {
		if (LEVELS.indexOf(level) < LEVELS.indexOf(this.#level)) return;
		const all = redactFields({ ...this.#fields, ...fields });
		this.#sink.write(`${humanLine(new Date(), level, message, all, this.#colour)}\n`);
	}
}
