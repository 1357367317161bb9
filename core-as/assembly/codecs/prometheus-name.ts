import { isNameByte, isWord, mainSize, mainUnit, perSize, perUnit, readUnit } from './prometheus-unit';
import { output, overflowed, rewind, writeBytes, writeU8, written } from './row-writer';

// Names of OTLP metrics and attributes as Prometheus has them, written behind what the row writer holds.
// Sources: https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/, and the defaults of Prometheus's
// OTLP receiver: labels keep several underscores in a row, and one that begins with a single one gets `key` in front.

const TOTAL = 'total';
const RATIO = 'ratio';
const UNDERSCORE: u32 = 0x5f;

/** The order is that of `naming` in wit/. */
export let escapes: bool = true;
export let suffixes: bool = true;

export function setNaming(naming: u32): void {
	escapes = naming < 2;
	suffixes = (naming & 1) === 0;
}

/**
 * Writes the name of a metric; false, and nothing written, when nothing is left of it. `isCounter`: a monotonic sum; a gauge
 * with the unit `1` is a ratio. The unit stays read.
 */
export function writeMetricName(
	name: usize,
	size: usize,
	unit: usize,
	unitSize: usize,
	isCounter: bool,
	isGauge: bool,
): bool {
	const start = written();
	readUnit(unit, unitSize, escapes);
	const isRatio = isGauge && isWord(unit, unitSize, '1');
	if (!escapes) writeSuffixed(name, size, isCounter, isRatio);
	else if (suffixes) writeTokens(name, size, isCounter ? TOTAL : isRatio ? RATIO : '');
	else writeRuns(name, size);
	if (overflowed) return true;
	const fine = escapes ? isProper(output + start, written() - start, name, size) : size !== 0;
	if (!fine) rewind(start);
	return fine;
}

/** Not empty, and if it was changed, not of underscores alone. */
function isProper(text: usize, size: usize, name: usize, nameSize: usize): bool {
	if (size === 0) return false;
	for (let i: usize = 0; i < size; i++) {
		if (load<u8>(text + i) !== UNDERSCORE) return true;
	}
	return size === nameSize && memory.compare(text, name, size) === 0;
}

let isFirst: bool = true;

function writeToken(token: usize, size: usize): void {
	if (!isFirst) writeU8(UNDERSCORE);
	// A name must not begin with a digit.
	else if (isDigit(<u32>load<u8>(token))) writeU8(UNDERSCORE);
	isFirst = false;
	writeBytes(token, size);
}

function isDigit(character: u32): bool {
	return character >= 0x30 && character <= 0x39;
}

/** Words of the name, then those of the unit that are not among them, then the suffix, which is left out elsewhere. */
function writeTokens(name: usize, size: usize, suffix: string): void {
	let hasMain = mainSize === 0;
	isFirst = true;
	const end = name + size;
	for (let p = name; p < end; ) {
		if (!isNameByte(<u32>load<u8>(p))) {
			p++;
			continue;
		}
		const token = p;
		while (p < end && isNameByte(<u32>load<u8>(p))) p++;
		const tokenSize = p - token;
		if (tokenSize === mainSize && memory.compare(token, mainUnit, mainSize) === 0) hasMain = true;
		if (suffix.length === 0 || !isWord(token, tokenSize, suffix)) writeToken(token, tokenSize);
	}
	// 'per_' alone is none.
	const perTokenSize = perSize <= 4 ? <usize>0 : withoutUnderscore(perUnit, perSize);
	if (!hasMain && !isWord(mainUnit, mainSize, suffix)) {
		writeToken(mainUnit, perTokenSize === 0 ? mainSize : withoutUnderscore(mainUnit, mainSize));
	}
	if (perTokenSize !== 0) writeToken(perUnit, perTokenSize);
	if (suffix.length === 0) return;
	if (!isFirst) writeU8(UNDERSCORE);
	writeWord(suffix);
}

function withoutUnderscore(text: usize, size: usize): usize {
	return size > 0 && load<u8>(text + size - 1) === UNDERSCORE ? size - 1 : size;
}

export function writeWord(word: string): void {
	for (let i = 0; i < word.length; i++) writeU8(<u32>word.charCodeAt(i));
}

/** Words of letters, digits, colons and underscores; what is between, or around them, becomes one underscore, or none. */
function writeRuns(name: usize, size: usize): void {
	isFirst = true;
	const end = name + size;
	for (let p = name; p < end; ) {
		const run = p;
		while (p < end && (isNameByte(<u32>load<u8>(p)) || load<u8>(p) === UNDERSCORE)) p++;
		if (p > run) writeToken(run, p - run);
		else p++;
	}
}

/** The name as it is, with suffixes where they are wanted; one that is there already is not doubled. */
function writeSuffixed(name: usize, size: usize, isCounter: bool, isRatio: bool): void {
	let left = size;
	if (suffixes) {
		if (isRatio) left = withoutSuffix(name, left, RATIO);
		if (isCounter) left = withoutSuffix(name, left, TOTAL);
		if (perSize !== 0 && left > perSize + 1 && endsWith(name, left, perUnit, perSize)) left -= perSize + 1;
	}
	writeBytes(name, left);
	if (!suffixes) return;
	if (mainSize !== 0 && !endsWith(name, left, mainUnit, mainSize)) {
		writeU8(UNDERSCORE);
		writeBytes(mainUnit, mainSize);
	}
	if (perSize !== 0) {
		writeU8(UNDERSCORE);
		writeBytes(perUnit, perSize);
	}
	if (!isCounter && !isRatio) return;
	writeU8(UNDERSCORE);
	writeWord(isCounter ? TOTAL : RATIO);
}

function endsWith(text: usize, size: usize, suffix: usize, suffixSize: usize): bool {
	return size >= suffixSize && memory.compare(text + size - suffixSize, suffix, suffixSize) === 0;
}

/** Without the suffix and the character before it, if something is left then. */
function withoutSuffix(text: usize, size: usize, suffix: string): usize {
	const wanted = <usize>suffix.length;
	return size > wanted + 1 && isWord(text + size - wanted, wanted, suffix) ? size - wanted - 1 : size;
}

/** True when a label name stays as it is under `escapes`. */
export function isPlainLabel(name: usize, size: usize): bool {
	if (size === 0 || isDigit(<u32>load<u8>(name))) return false;
	if (load<u8>(name) === UNDERSCORE && (size === 1 || load<u8>(name, 1) !== UNDERSCORE)) return false;
	let letters: usize = 0;
	for (let i: usize = 0; i < size; i++) {
		const character = <u32>load<u8>(name + i);
		if (character === UNDERSCORE) continue;
		if (!isNameByte(character) || character === 0x3a) return false;
		letters++;
	}
	return letters !== 0;
}

/** Writes the name of a label with a prefix, each other character as `_`; false, and nothing written, when nothing but these is left. The name is UTF-8. */
export function writeLabelName(prefix: string, name: usize, size: usize): bool {
	const start = written();
	if (prefix.length === 0 && size !== 0) {
		const first = <u32>load<u8>(name);
		// 'key_', or the underscore that is there.
		if (isDigit(first)) writeWord('key_');
		else if (!isLabelByte(first) && (size === firstSize(first) || isLabelByte(secondOf(name, first))))
			writeWord('key');
	} else writeWord(prefix);
	let proper = written() !== start;
	for (let i: usize = 0; i < size; i++) {
		const character = <u32>load<u8>(name + i);
		// The rest of a character that has its underscore.
		if ((character & 0xc0) === 0x80) continue;
		const fits = isLabelByte(character);
		if (fits) proper = true;
		writeU8(fits ? character : UNDERSCORE);
	}
	if (!proper) rewind(start);
	return proper;
}

/** A letter or a digit. */
function isLabelByte(character: u32): bool {
	return isNameByte(character) && character !== 0x3a;
}

/** Bytes of a UTF-8 character by its first one. */
function firstSize(first: u32): usize {
	return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/** The first byte of the second character; it is there. */
function secondOf(name: usize, first: u32): u32 {
	return <u32>load<u8>(name + firstSize(first));
}
