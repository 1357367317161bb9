/** Fields of one log line; never secrets. */
export type LogFields = Record<string, unknown>;

/** Where a program says what it does. Adapters: hosts/node/logging (people on a terminal, JSON elsewhere). */
export interface Logger {
	debug(message: string, fields?: LogFields): void;
	info(message: string, fields?: LogFields): void;
	warn(message: string, fields?: LogFields): void;
	error(message: string, fields?: LogFields): void;
	/** A logger that adds `fields` to every line. */
	child(fields: LogFields): Logger;
}

/** For tests and for callers that do not care. */
export const silentLogger: Logger = {
	debug() {},
	info() {},
	warn() {},
	error() {},
	child: () => silentLogger,
};
