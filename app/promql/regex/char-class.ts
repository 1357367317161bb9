import { RegexError } from './regex-error.ts';

/** Code points `[from, to]`, ends included. */
export type Range = readonly [from: number, to: number];

const MAX_CODE_POINT = 0x10ffff;

const DIGIT: Range[] = [[0x30, 0x39]];
const UPPER: Range[] = [[0x41, 0x5a]];
const LOWER: Range[] = [[0x61, 0x7a]];
const PERL_SPACE: Range[] = [
	[9, 10],
	[12, 13],
	[32, 32],
];

/** Perl's classes, of ASCII only in RE2: JavaScript's \s has more. */
const PERL: Record<string, Range[]> = {
	d: DIGIT,
	s: PERL_SPACE,
	w: [...DIGIT, ...UPPER, [0x5f, 0x5f], ...LOWER],
};

const POSIX: Record<string, Range[]> = {
	alnum: [...DIGIT, ...UPPER, ...LOWER],
	alpha: [...UPPER, ...LOWER],
	ascii: [[0, 0x7f]],
	blank: [
		[9, 9],
		[32, 32],
	],
	cntrl: [
		[0, 0x1f],
		[0x7f, 0x7f],
	],
	digit: DIGIT,
	graph: [[0x21, 0x7e]],
	lower: LOWER,
	print: [[0x20, 0x7e]],
	punct: [
		[0x21, 0x2f],
		[0x3a, 0x40],
		[0x5b, 0x60],
		[0x7b, 0x7e],
	],
	space: [
		[9, 13],
		[32, 32],
	],
	upper: UPPER,
	word: PERL.w!,
	xdigit: [...DIGIT, [0x41, 0x46], [0x61, 0x66]],
};

/** All code points outside; `ranges` rise and do not overlap. */
function complement(ranges: readonly Range[]): Range[] {
	const out: Range[] = [];
	let next = 0;
	for (const [from, to] of ranges) {
		if (from > next) out.push([next, from - 1]);
		next = to + 1;
	}
	if (next <= MAX_CODE_POINT) out.push([next, MAX_CODE_POINT]);
	return out;
}

/** The inside of a JavaScript class for `\d`, `\S` and the like; undefined when it is none. */
export function perlClass(letter: string): string | undefined {
	const ranges = PERL[letter.toLowerCase()];
	if (!ranges) return undefined;
	return printRanges(letter === letter.toLowerCase() ? ranges : complement(ranges));
}

/** The same for `[:alpha:]` and `[:^alpha:]`. */
export function posixClass(text: string): string {
	const match = /^\[:(\^?)([a-z]*):\]$/.exec(text);
	const ranges = match && Object.hasOwn(POSIX, match[2]!) ? POSIX[match[2]!] : undefined;
	if (!ranges) throw new RegexError('invalid character class range', text);
	return printRanges(match![1] ? complement(ranges) : ranges);
}

/** The same for `\p{Greek}`, `\pL`, `\P{^Lu}`: RE2 has categories and scripts. */
export function unicodeClass(name: string, negated: boolean, text: string): string {
	const inverse = name.startsWith('^');
	const bare = inverse ? name.slice(1) : name;
	const letter = negated !== inverse ? 'P' : 'p';
	if (bare === 'Any') return letter === 'p' ? printRange(0, MAX_CODE_POINT) : '';
	for (const property of [`General_Category=${bare}`, `Script=${bare}`]) {
		// RE2 knows categories by their short names only.
		if (property.startsWith('G') && bare.length > 2) continue;
		if (!/^[A-Za-z_]+$/.test(bare) || !isProperty(property)) continue;
		return `\\${letter}{${property}}`;
	}
	throw new RegexError('invalid character class range', text);
}

function isProperty(property: string): boolean {
	try {
		new RegExp(`\\p{${property}}`, 'u');
		return true;
	} catch {
		return false;
	}
}

function printRanges(ranges: readonly Range[]): string {
	return ranges.map(([from, to]) => printRange(from, to)).join('');
}

export function printRange(from: number, to: number): string {
	return from === to ? printCodePoint(from) : `${printCodePoint(from)}-${printCodePoint(to)}`;
}

/** Written so that no character has a meaning of its own. */
export function printCodePoint(code: number): string {
	return `\\u{${code.toString(16)}}`;
}
