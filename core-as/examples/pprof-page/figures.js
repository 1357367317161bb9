const three = (value) => String(Number(value.toPrecision(3)));
const NARROW = '\u202f';

function scaled(value, steps) {
	const [unit, size] = steps.find(([, least]) => Math.abs(value) >= least) ?? steps.at(-1);
	return `${three(value / size)}${unit ? NARROW : ''}${unit}`;
}

const TIMES = [
	['h', 3.6e12],
	['min', 6e10],
	['s', 1e9],
	['ms', 1e6],
	['µs', 1e3],
	['ns', 1],
];
const BYTES = [
	['GiB', 2 ** 30],
	['MiB', 2 ** 20],
	['KiB', 2 ** 10],
	['B', 1],
];
/** From 10 000 on. */
const COUNTS = [
	['G', 1e9],
	['M', 1e6],
	['k', 1e3],
];
/** In nanoseconds. */
const TIME_UNITS = { nanoseconds: 1, microseconds: 1e3, milliseconds: 1e6, seconds: 1e9 };

/** A value of a profile in the unit that it names. */
export function figure(value, unit) {
	if (value === 0) return '0';
	if (unit in TIME_UNITS) return scaled(value * TIME_UNITS[unit], TIMES);
	if (unit === 'bytes') return scaled(value, BYTES);
	if (Math.abs(value) < 1e4) return three(value);
	return scaled(value, COUNTS);
}

/** A share of all; only a true zero is 0 %. */
export function percent(share) {
	if (share !== 0 && Math.abs(share) < 0.001) return `<${NARROW}0.1${NARROW}%`;
	return `${three(share * 100)}${NARROW}%`;
}

/** A change of a share, with its sign. */
export function signed(change) {
	return `${change > 0 ? '+' : change < 0 ? '−' : ''}${percent(Math.abs(change))}`;
}
