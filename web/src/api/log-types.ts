/** Logs as the API gives them. Times are ms since epoch. */

/** As filters name them: this severity or a higher one. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';
export type Severity = 'unknown' | LogLevel;

/** What every question about logs may be narrowed to. */
export interface LogFilters {
	/** Application id: the services of its instances. Not together with `service`. */
	application?: string | null;
	service?: string | null;
	severity?: LogLevel | null;
	/** Words that the body holds. */
	text?: string | null;
	/** Hash of a pattern. */
	pattern?: string | null;
	traceId?: string | null;
	/** `key=value`, each of them. */
	attribute?: readonly string[];
}

export interface LogRecord {
	/** The same for the same record in every answer. */
	id: string;
	time: number;
	/** ns since epoch, decimal. */
	timeNs: string;
	/** 1 to 24 as OTLP has it, 0 for none. */
	severityNumber: number;
	severityText: string;
	service: string;
	body: string;
	/** 32 hexadecimal digits, or empty. */
	traceId: string;
	spanId: string;
	eventName: string;
	patternHash: string;
	scope: { name: string; version: string };
	attributes: Record<string, string>;
	resource: Record<string, string>;
}

export interface LogList {
	from: number;
	to: number;
	/** Newest first. */
	logs: LogRecord[];
	/** Cursor to older ones. */
	next: string | null;
}

export interface LogHistogram {
	from: number;
	to: number;
	step: number;
	times: number[];
	bySeverity: { severity: Severity; counts: number[] }[];
	total: number;
}

export interface LogPattern {
	hash: string;
	severity: Severity;
	sample: string;
	count: number;
	services: string[];
	lastAt: number;
	times: number[];
	counts: number[];
}

export interface LogPatterns {
	total: number;
	/** Records without a hash, which are in no pattern. */
	unclustered: number;
	/** Patterns that fit, listed or not. */
	found: number;
	/** Most frequent first. */
	patterns: LogPattern[];
}

export interface LogServices {
	services: { service: string; application: string | null; counts: Partial<Record<Severity, number>> }[];
}
