/** The value of a number token, or undefined: decimal, hexadecimal, octal with a leading 0, Inf, NaN, underscores. */
export function parseNumber(text: string): number | undefined {
	const lower = text.toLowerCase();
	if (lower === 'inf') return Number.POSITIVE_INFINITY;
	if (lower === 'nan') return Number.NaN;
	if (!underscoresSeparateDigits(text)) return undefined;
	const plain = lower.replaceAll('_', '');
	if (plain.startsWith('0x')) {
		if (!/^0x[0-9a-f]+$/.test(plain)) return undefined;
		const value = BigInt(plain);
		return value < 1n << 63n ? Number(value) : undefined;
	}
	if (/^0[0-7]+$/.test(plain)) {
		const value = BigInt(`0o${plain.slice(1)}`);
		if (value < 1n << 63n) return Number(value);
	}
	if (!/^([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$/.test(plain)) return undefined;
	const value = Number(plain);
	return Number.isFinite(value) ? value : undefined;
}

function underscoresSeparateDigits(text: string): boolean {
	if (!text.includes('_')) return true;
	// One may follow the 0x of a hexadecimal number.
	if (/^0x/i.test(text)) return /^0x(_?[0-9a-f])+$/i.test(text);
	return !/^_|_$|_[^0-9]|[^0-9]_/.test(text);
}

/** Without an exponent, in as few digits as give the same value back: Go's format 'f' with precision -1. */
export function formatNumber(value: number): string {
	if (Number.isNaN(value)) return 'NaN';
	if (value === Number.POSITIVE_INFINITY) return '+Inf';
	if (value === Number.NEGATIVE_INFINITY) return '-Inf';
	if (Object.is(value, -0)) return '-0';
	const text = String(value);
	const match = /^(-?)([0-9]+)(?:\.([0-9]+))?e([+-][0-9]+)$/.exec(text);
	if (!match) return text;
	const [, sign, whole, fraction = '', exponent] = match;
	const digits = whole! + fraction;
	const point = whole!.length + Number(exponent);
	if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
	return `${sign}${digits.padEnd(point, '0')}`;
}

/** A number in a label, as Go's strconv.ParseFloat reads it; undefined when it is none. Hexadecimal floats are not read. */
export function parseFloatText(text: string): number | undefined {
	const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
	if (special) {
		if (special[2]!.toLowerCase() === 'nan') return special[1] === '' ? Number.NaN : undefined;
		return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
	}
	if (!/^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$/i.test(text)) return undefined;
	const value = Number(text);
	return Number.isFinite(value) ? value : undefined;
}
