/** IP addresses as the kernel records carry them: 16 bytes, IPv4 as ::ffff:a.b.c.d. */

const HEX = '0123456789abcdef';

/** Whether the 16 bytes at `offset` are an IPv4 address. */
export function isIPv4(bytes: Uint8Array, offset = 0): boolean {
	for (let i = 0; i < 10; i++) if (bytes[offset + i] !== 0) return false;
	return bytes[offset + 10] === 0xff && bytes[offset + 11] === 0xff;
}

/** Text form: dotted decimal, or the canonical form of RFC 5952. */
export function formatAddress(bytes: Uint8Array, offset = 0): string {
	if (isIPv4(bytes, offset)) {
		return `${bytes[offset + 12]}.${bytes[offset + 13]}.${bytes[offset + 14]}.${bytes[offset + 15]}`;
	}
	const groups: number[] = [];
	for (let i = 0; i < 16; i += 2) groups.push((bytes[offset + i]! << 8) | bytes[offset + i + 1]!);
	const gap = longestZeroRun(groups);
	if (gap.length < 2) return groups.map(hexGroup).join(':');
	const head = groups.slice(0, gap.start).map(hexGroup).join(':');
	const tail = groups
		.slice(gap.start + gap.length)
		.map(hexGroup)
		.join(':');
	return `${head}::${tail}`;
}

/** `ip:port`, `[v6]:port`. */
export function formatEndpoint(address: string, port: number): string {
	return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** 0.0.0.0 and ::, and ::ffff:0.0.0.0. */
export function isWildcard(bytes: Uint8Array, offset = 0): boolean {
	const from = isIPv4(bytes, offset) ? 12 : 0;
	for (let i = from; i < 16; i++) if (bytes[offset + i] !== 0) return false;
	return true;
}

/** 127.0.0.0/8 and ::1. */
export function isLoopback(bytes: Uint8Array, offset = 0): boolean {
	if (isIPv4(bytes, offset)) return bytes[offset + 12] === 127;
	for (let i = 0; i < 15; i++) if (bytes[offset + i] !== 0) return false;
	return bytes[offset + 15] === 1;
}

/** 169.254.0.0/16 and fe80::/10. */
export function isLinkLocal(bytes: Uint8Array, offset = 0): boolean {
	if (isIPv4(bytes, offset)) return bytes[offset + 12] === 169 && bytes[offset + 13] === 254;
	return bytes[offset] === 0xfe && (bytes[offset + 1]! & 0xc0) === 0x80;
}

/** The 16 bytes of a dotted IPv4 address. */
export function parseIPv4(text: string): Uint8Array | undefined {
	const parts = text.split('.');
	if (parts.length !== 4) return undefined;
	const bytes = new Uint8Array(16);
	bytes[10] = 0xff;
	bytes[11] = 0xff;
	for (let i = 0; i < 4; i++) {
		const part = Number(parts[i]);
		if (!/^\d{1,3}$/.test(parts[i]!) || part > 255) return undefined;
		bytes[12 + i] = part;
	}
	return bytes;
}

function hexGroup(group: number): string {
	let text = '';
	for (let shift = 12; shift >= 0; shift -= 4) {
		const digit = (group >> shift) & 15;
		if (text !== '' || digit !== 0 || shift === 0) text += HEX[digit];
	}
	return text;
}

function longestZeroRun(groups: number[]): { start: number; length: number } {
	let best = { start: 0, length: 0 };
	for (let i = 0; i < groups.length; i++) {
		let length = 0;
		while (i + length < groups.length && groups[i + length] === 0) length++;
		if (length > best.length) best = { start: i, length };
		i += Math.max(0, length - 1);
	}
	return best;
}
