import { isDigit, isNameStart } from './lexer.ts';

interface Scan {
	ok: boolean;
	/** How far it came. */
	end: number;
}

/** A number's extent: decimal, hexadecimal, octal or float, with underscores. It may still be no number. */
export function scanNumber(input: string, start: number): Scan {
	let at = start;
	const accept = (valid: string): boolean => {
		const char = input[at];
		if (char === undefined || !valid.includes(char)) return false;
		at++;
		return true;
	};
	let digits = '0123456789';
	let hexadecimal = false;
	if (accept('0') && accept('xX')) {
		accept('_');
		digits = '0123456789abcdefABCDEF';
		hexadecimal = true;
	}
	let dot = false;
	let exponent = false;
	accept('.');
	accept(digits);
	for (;;) {
		const char = input[at];
		if (char === undefined || !`${digits}._eE`.includes(char)) break;
		if (char === '.') {
			at++;
			if (dot || accept('_.') || hexadecimal) return { ok: false, end: at };
			dot = true;
		} else if ((char === 'e' || char === 'E') && exponent) {
			return { ok: false, end: at + 1 };
		} else if (char === 'e' || char === 'E') {
			at++;
			exponent = true;
			accept('+-');
			if (accept('._eE') || at >= input.length) return { ok: false, end: at };
		} else if (char === '_') {
			at++;
			if (accept('._eE') || at >= input.length) return { ok: false, end: at };
		} else {
			while (accept(digits));
		}
	}
	const after = input[at];
	return { ok: at > start && !isNameStart(after) && !isDigit(after), end: at };
}

/** What follows the first number of a duration, from its unit on. */
export function scanRestOfDuration(input: string, start: number): Scan {
	let at = start;
	const accept = (valid: string): boolean => {
		const char = input[at];
		if (char === undefined || !valid.includes(char)) return false;
		at++;
		return true;
	};
	if (!accept('smhdwy')) return { ok: false, end: at };
	accept('s');
	while (accept('0123456789')) {
		while (accept('0123456789'));
		// Years stand first, if at all.
		if (!accept('smhdw')) return { ok: false, end: at };
		accept('s');
	}
	const after = input[at];
	if (!isNameStart(after) && !isDigit(after)) return { ok: true, end: at };
	return { ok: false, end: at + 1 };
}
