/** Tables under /proc/PID/net: sockets and addresses of one network namespace. */

import { parseIPv4 } from '../addresses.ts';

const LISTEN_STATE = '0A';

export interface ListeningSocket {
	/** 16 bytes, IPv4 as ::ffff:a.b.c.d. */
	address: Uint8Array;
	port: number;
	inode: number;
}

/** Rows in state LISTEN of /proc/PID/net/tcp or tcp6. Lines that do not parse are skipped. */
export function parseListeningSockets(text: string): ListeningSocket[] {
	const sockets: ListeningSocket[] = [];
	for (const line of text.split('\n')) {
		const fields = line.trim().split(/\s+/);
		if (fields[3] !== LISTEN_STATE) continue;
		const [hex = '', port = ''] = (fields[1] ?? '').split(':');
		const address = parseKernelAddress(hex);
		if (address === undefined) continue;
		sockets.push({ address, port: Number.parseInt(port, 16), inode: Number(fields[9]) });
	}
	return sockets;
}

/** The kernel prints each 32-bit word of an address in host order (little-endian on all we run on). */
function parseKernelAddress(hex: string): Uint8Array | undefined {
	if (!/^(?:[0-9A-F]{8}|[0-9A-F]{32})$/.test(hex)) return undefined;
	const bytes = new Uint8Array(16);
	const words = hex.length / 8;
	if (words === 1) {
		bytes[10] = 0xff;
		bytes[11] = 0xff;
	}
	const start = 16 - words * 4;
	for (let word = 0; word < words; word++) {
		for (let i = 0; i < 4; i++) {
			const at = word * 8 + (3 - i) * 2;
			bytes[start + word * 4 + i] = Number.parseInt(hex.slice(at, at + 2), 16);
		}
	}
	return bytes;
}

/** IPv4 addresses of the namespace: the `/32 host LOCAL` leaves of /proc/PID/net/fib_trie, each once. */
export function parseFibTrie(text: string): Uint8Array[] {
	const found = new Map<string, Uint8Array>();
	let leaf = '';
	for (const line of text.split('\n')) {
		const match = line.match(/\|-- (\S+)/);
		if (match) leaf = match[1]!;
		else if (/\/32 host LOCAL/.test(line) && !found.has(leaf)) {
			const address = parseIPv4(leaf);
			if (address !== undefined) found.set(leaf, address);
		}
	}
	return [...found.values()];
}

/** IPv6 addresses of the namespace: first column of /proc/PID/net/if_inet6. */
export function parseIfInet6(text: string): Uint8Array[] {
	const addresses: Uint8Array[] = [];
	for (const line of text.split('\n')) {
		const hex = line.slice(0, 32);
		if (/^[0-9a-f]{32}$/.test(hex)) addresses.push(Uint8Array.from(Buffer.from(hex, 'hex')));
	}
	return addresses;
}
