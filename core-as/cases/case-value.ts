/** A value of a case file: one member, named by its WIT type. The forms are in README.md. */
export type CaseValue = { [type: string]: unknown };

/** The value as jco's bindings take it. Throws for a form that is not known. */
export function toHost(value: CaseValue): unknown {
	const [type, content] = onlyMember(value);
	switch (type) {
		case 'bool':
		case 'u8':
		case 'u16':
		case 'u32':
		case 's32':
		case 'enum':
		case 'string':
		case 'list<string>':
			return content;
		case 'none':
			return undefined;
		case 'u64':
		case 's64':
			return BigInt(content as string);
		case 'f64':
			return readFloats([content as number | string])[0];
		case 'text':
			return new TextEncoder().encode(content as string);
		case 'list<u8>':
			return Uint8Array.from((content as string).match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
		case 'list<s8>':
			return Int8Array.from(content as number[]);
		case 'list<u16>':
			return Uint16Array.from(content as number[]);
		case 'list<u32>':
			return Uint32Array.from(content as number[]);
		case 'list<s32>':
			return Int32Array.from(content as number[]);
		case 'list<u64>':
			return BigUint64Array.from(content as string[], BigInt);
		case 'list<s64>':
			return BigInt64Array.from(content as string[], BigInt);
		case 'list<f64>':
			return readFloats(content as (number | string)[]);
		case 'record':
			return Object.fromEntries(
				Object.entries(content as Record<string, CaseValue>).map(([name, field]) => [
					camelCase(name),
					toHost(field),
				]),
			);
		default:
			throw new Error(`a case file has no values of type ${type}`);
	}
}

/**
 * What jco's bindings gave, in the form of a case file. JavaScript does not tell u8 from u32 nor u64 from s64, nor
 * bytes from text: there `expected` decides, where it fits.
 */
export function fromHost(value: unknown, expected?: CaseValue): CaseValue {
	const type = expected && Object.keys(expected)[0];
	if (value instanceof Uint8Array) {
		if (type === 'text') return { text: new TextDecoder('utf-8', { fatal: true }).decode(value) };
		return { 'list<u8>': Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('') };
	}
	if (value instanceof Int8Array) return { 'list<s8>': Array.from(value) };
	if (value instanceof Uint16Array) return { 'list<u16>': Array.from(value) };
	if (value instanceof Uint32Array) return { 'list<u32>': Array.from(value) };
	if (value instanceof Int32Array) return { 'list<s32>': Array.from(value) };
	if (value instanceof BigUint64Array) return { 'list<u64>': Array.from(value, String) };
	if (value instanceof BigInt64Array) return { 'list<s64>': Array.from(value, String) };
	if (value instanceof Float64Array) return { 'list<f64>': Array.from(value, (_, i) => floatAt(value, i)) };
	if (typeof value === 'boolean') return { bool: value };
	if (typeof value === 'bigint') return { [type === 's64' ? type : 'u64']: String(value) };
	if (typeof value === 'string') return { enum: value };
	if (typeof value === 'number') {
		if (type === 'f64') return { f64: floatAt(Float64Array.of(value), 0) };
		return { [type && /^[us]\d+$/.test(type) ? type : 'u32']: value };
	}
	if (value === undefined) return { none: null };
	if (isVariant(value)) {
		const held = (expected?.variant as Record<string, CaseValue> | undefined)?.[value.tag];
		return { variant: { [value.tag]: value.val === undefined ? null : fromHost(value.val, held) } };
	}
	const fields = (expected?.record ?? {}) as Record<string, CaseValue>;
	return {
		record: Object.fromEntries(
			Object.entries(value as object).map(([name, field]) => {
				const inWit = kebabCase(name);
				return [inWit, fromHost(field, fields[inWit])];
			}),
		),
	};
}

/** `label-ends` -> `labelEnds`, as jco names what WIT names. */
export function camelCase(name: string): string {
	return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function kebabCase(name: string): string {
	return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** As jco gives a `variant`; no record of ours has a field `tag`. */
function isVariant(value: unknown): value is { tag: string; val?: unknown } {
	return typeof value === 'object' && value !== null && 'tag' in value;
}

function onlyMember(value: CaseValue): [string, unknown] {
	const members = Object.entries(value);
	if (members.length !== 1) throw new Error(`a value has one member, its type: ${JSON.stringify(value)}`);
	return members[0]!;
}

/** Bits are written into the array itself, as a NaN may lose its payload on the way through a number. */
function readFloats(written: (number | string)[]): Float64Array {
	const view = new DataView(new ArrayBuffer(written.length * 8));
	for (const [i, value] of written.entries()) {
		if (typeof value === 'number') view.setFloat64(i * 8, value, true);
		else view.setBigUint64(i * 8, BigInt(value), true);
	}
	return new Float64Array(view.buffer);
}

/** And read from it, for the same reason. */
function floatAt(values: Float64Array, index: number): number | string {
	const value = values[index]!;
	if (Number.isFinite(value) && !Object.is(value, -0)) return value;
	const bits = new BigUint64Array(values.buffer, values.byteOffset + index * 8, 1)[0]!;
	return `0x${bits.toString(16).padStart(16, '0')}`;
}
