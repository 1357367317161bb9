import { formatNumber } from '../parser/number.ts';

/** Where Go turns to an exponent when it prints as few digits as it can. */
const SHORTEST = 6;

/** As Go's %g: an exponent of at least two digits below 1e-4 and from 10^precision on. */
export function formatGeneral(value: number, precision?: number): string {
	if (!Number.isFinite(value) || value === 0) return formatNumber(value);
	const exponential = precision === undefined ? value.toExponential() : rounded(value, precision);
	const [mantissa, exponent] = exponential.split('e') as [string, string];
	const power = Number(exponent);
	const trimmed = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
	if (power >= -4 && power < (precision ?? SHORTEST)) return formatNumber(Number(exponential));
	return `${trimmed}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** To so many digits; halves go to the even digit, where JavaScript takes the larger. */
function rounded(value: number, precision: number): string {
	const exponential = value.toExponential(precision - 1);
	const unit = 10 ** (Number(exponential.split('e')[1]) - precision + 1);
	const scaled = Math.abs(value) / unit;
	if (scaled % 1 !== 0.5 || Math.floor(scaled) % 2 !== 0) return exponential;
	return (Math.sign(value) * Math.floor(scaled) * unit).toExponential(precision - 1);
}
