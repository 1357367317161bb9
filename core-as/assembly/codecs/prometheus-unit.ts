// Units of OTLP, which are UCUM's, as Prometheus spells them: `By/s` is `bytes_per_second`.
// Source: https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/, "Metric Metadata".

/** Longer units are none; OpenTelemetry allows 63 characters. */
const MAX_UNIT: usize = 256;

/** What is measured. */
// biome-ignore format: a table
const WORDS: string[] = [
	'd', 'days', 'h', 'hours', 'min', 'minutes', 's', 'seconds', 'ms', 'milliseconds', 'us', 'microseconds', 'ns', 'nanoseconds',
	'By', 'bytes', 'KiBy', 'kibibytes', 'MiBy', 'mebibytes', 'GiBy', 'gibibytes', 'TiBy', 'tebibytes',
	'kBy', 'kilobytes', 'KBy', 'kilobytes', 'MBy', 'megabytes', 'GBy', 'gigabytes', 'TBy', 'terabytes',
	'm', 'meters', 'V', 'volts', 'A', 'amperes', 'J', 'joules', 'W', 'watts', 'g', 'grams',
	'Cel', 'celsius', 'Hz', 'hertz', '1', '', '%', 'percent',
];
/** What it is measured by. */
// biome-ignore format: a table
const PER_WORDS: string[] = [
	's', 'second', 'm', 'minute', 'h', 'hour', 'd', 'day', 'w', 'week', 'mo', 'month', 'y', 'year',
];

/** Of the last unit that was read: the words, without and with `per_`. */
export const mainUnit: usize = memory.data(512, 16);
export let mainSize: usize = 0;
export const perUnit: usize = memory.data(512, 16);
export let perSize: usize = 0;

/** Reads a unit; with `escapes`, what is no letter, digit or colon becomes `_`. */
export function readUnit(unit: usize, size: usize, escapes: bool): void {
	mainSize = perSize = 0;
	if (size === 0 || size > MAX_UNIT) return;
	let slash: usize = 0;
	while (slash < size && load<u8>(unit + slash) !== 0x2f) slash++;
	mainSize = spell(unit, slash, WORDS, mainUnit, 0);
	if (escapes) mainSize = clean(mainUnit, mainSize);
	if (slash >= size) return;
	// 'per_'
	store<u32>(perUnit, 0x5f726570);
	perSize = spell(unit + slash + 1, size - slash - 1, PER_WORDS, perUnit, 4);
	if (perSize === 4) perSize = 0;
	if (escapes && perSize !== 0) perSize = clean(perUnit, perSize);
}

/** The name that a name with suffixes ends in, as one text: `bytes_per_second`. */
export function joinUnit(): void {
	if (perSize !== 0) {
		if (mainSize !== 0) {
			store<u8>(mainUnit + mainSize, 0x5f);
			mainSize++;
		}
		memory.copy(mainUnit + mainSize, perUnit, perSize);
		mainSize += perSize;
	}
	perSize = 0;
	if (mainSize > 0 && load<u8>(mainUnit + mainSize - 1) === 0x5f) mainSize--;
}

/** Writes the word for a trimmed unit at `to + used`; one with braces is none. Returns what is used then. */
function spell(unit: usize, size: usize, words: string[], to: usize, used: usize): usize {
	let first = unit;
	let last = unit + size;
	while (first < last && isBlank(load<u8>(first))) first++;
	while (first < last && isBlank(load<u8>(last - 1))) last--;
	for (let p = first; p < last; p++) {
		if (load<u8>(p) === 0x7b || load<u8>(p) === 0x7d) return used;
	}
	for (let i = 0; i < words.length; i += 2) {
		if (!isWord(first, last - first, unchecked(words[i]))) continue;
		const word = unchecked(words[i + 1]);
		for (let n = 0; n < word.length; n++) store<u8>(to + used + <usize>n, <u8>word.charCodeAt(n));
		return used + <usize>word.length;
	}
	memory.copy(to + used, first, last - first);
	return used + (last - first);
}

function isBlank(character: u32): bool {
	return character === 0x20 || (character >= 0x09 && character <= 0x0d);
}

/** True when a text is that ASCII word. */
export function isWord(p: usize, size: usize, word: string): bool {
	if (size !== <usize>word.length) return false;
	for (let i = 0; i < word.length; i++) {
		if (<i32>load<u8>(p + <usize>i) !== word.charCodeAt(i)) return false;
	}
	return true;
}

/** A letter, a digit or a colon. */
export function isNameByte(character: u32): bool {
	const letter = character | 0x20;
	return (letter >= 0x61 && letter <= 0x7a) || (character >= 0x30 && character <= 0x3a);
}

/** In place: runs of anything else become one `_`, none at the beginning. Returns the size. */
function clean(text: usize, size: usize): usize {
	let to: usize = 0;
	for (let i: usize = 0; i < size; i++) {
		const character = <u32>load<u8>(text + i);
		if (isNameByte(character)) {
			store<u8>(text + to, <u8>character);
			to++;
		} else if (to > 0 && load<u8>(text + to - 1) !== 0x5f) {
			store<u8>(text + to, 0x5f);
			to++;
		}
	}
	return to;
}
