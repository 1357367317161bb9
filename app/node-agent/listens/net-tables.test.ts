import { expect, test } from 'vitest';
import { formatAddress, parseIPv4 } from '../addresses.ts';
import { RecordedProc, readRecordedTree } from '../testing/recorded-proc.ts';
import { parseFibTrie, parseIfInet6, parseListeningSockets } from './net-tables.ts';

const proc = new RecordedProc(readRecordedTree('bare-and-runc'));
const text = (addresses: Uint8Array[]) => addresses.map((address) => formatAddress(address));

test('listening sockets of both families', () => {
	expect(parseListeningSockets(proc.read('13230/net/tcp')!)).toEqual([
		{ address: parseIPv4('127.0.0.1'), port: 8123, inode: 27381 },
	]);
	expect(parseListeningSockets(proc.read('8708/net/tcp6')!)).toEqual([
		{ address: new Uint8Array(16), port: 8080, inode: 15112 },
	]);
});

test('words of an IPv6 address are in host order', () => {
	const row = '0: B80D0120000000000000000001000000:01BB 0:0 0A 0:0 0:0 0 0 0 77 1';
	const [socket] = parseListeningSockets(row);
	expect(formatAddress(socket!.address)).toBe('2001:db8::1');
	expect(socket!.port).toBe(443);
});

test('sockets in other states and broken rows are skipped', () => {
	expect(parseListeningSockets('0: 0100007F:1F90 0100007F:1F91 01 x\nnonsense\n0: 01:02 0 0A\n')).toEqual([]);
});

test('addresses of a namespace, each once', () => {
	expect(text(parseFibTrie(proc.read('13230/net/fib_trie')!))).toEqual(['127.0.0.1', '192.0.2.2']);
	expect(text(parseIfInet6(proc.read('13230/net/if_inet6')!))).toEqual([
		'fe80::fc:ff:fe00:1',
		'fd00::2',
		'::1',
	]);
	expect(text(parseFibTrie(proc.read('8708/net/fib_trie')!))).toEqual(['127.0.0.1']);
});
