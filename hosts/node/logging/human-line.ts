import type { LogFields } from '../../../app/logging/logger.ts';
import type { LogLevel } from './logger.ts';

const COLOURS: Record<LogLevel, string> = { debug: '90', info: '36', warn: '33', error: '31' };

/** `12:34:56 warn  delivery failed  status=503 pauseMs=500`, in local time. */
export function humanLine(
	at: Date,
	level: LogLevel,
	message: string,
	fields: LogFields,
	colour: boolean,
): string {
	const paint = (code: string, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
	const time = [at.getHours(), at.getMinutes(), at.getSeconds()]
		.map((n) => String(n).padStart(2, '0'))
		.join(':');
	const words = Object.entries(fields)
		.filter(([, value]) => value !== undefined)
		.map(([name, value]) => `${paint('90', `${name}=`)}${formatValue(value)}`);
	return [
		paint('90', time),
		paint(COLOURS[level], level.padEnd(5)),
		[printable(message), ...words].join('  ').trimEnd(),
	].join(' ');
}

function formatValue(value: unknown): string {
	if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? printable(value) : JSON.stringify(value);
	if (typeof value !== 'object' || value === null) return String(value);
	const message = (value as { message?: unknown }).message;
	return JSON.stringify(typeof message === 'string' ? message : value);
}

/** A log line is one line, and must not steer the terminal. */
function printable(text: string): string {
	let out = '';
	for (const character of text) {
		const code = character.charCodeAt(0);
		const steers = code < 0x20 || code === 0x7f;
		out += steers ? `\\x${code.toString(16).padStart(2, '0')}` : character;
	}
	return out;
}
