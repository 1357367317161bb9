import type { Labels } from '../../telemetry/labels.ts';
import { compareText } from './text-order.ts';

const MASK = (1n << 64n) - 1n;
const P1 = 11400714785074694791n;
const P2 = 14029467366897019727n;
const P3 = 1609587929392839161n;
const P4 = 9650029242287828579n;
const P5 = 2870177450012600261n;

/** The hash that Prometheus gives a label set: xxHash64 over names and values, each behind its length. */
export function hashLabels(labels: Labels): bigint {
	const encoder = new TextEncoder();
	const bytes: number[] = [];
	for (const name of Object.keys(labels).sort(compareText)) {
		for (const text of [name, labels[name]!]) {
			const encoded = encoder.encode(text);
			const n = encoded.length;
			if (n < 255) bytes.push(n);
			else bytes.push(255, n & 0xff, (n >> 8) & 0xff, (n >> 16) & 0xff);
			for (const byte of encoded) bytes.push(byte);
		}
	}
	return xxHash64(new Uint8Array(bytes));
}

function rotate(x: bigint, bits: bigint): bigint {
	return ((x << bits) | (x >> (64n - bits))) & MASK;
}

function round(accumulator: bigint, lane: bigint): bigint {
	return (rotate((accumulator + lane * P2) & MASK, 31n) * P1) & MASK;
}

/** Source: github.com/Cyan4973/xxHash, doc/xxhash_spec.md; seed 0. */
function xxHash64(bytes: Uint8Array): bigint {
	const view = new DataView(bytes.buffer);
	let at = 0;
	let hash = P5;
	if (bytes.length >= 32) {
		const lanes = [(P1 + P2) & MASK, P2, 0n, (MASK + 1n - P1) & MASK];
		for (; at + 32 <= bytes.length; at += 32) {
			for (let i = 0; i < 4; i++) lanes[i] = round(lanes[i]!, view.getBigUint64(at + 8 * i, true));
		}
		const [a, b, c, d] = lanes as [bigint, bigint, bigint, bigint];
		hash = (rotate(a, 1n) + rotate(b, 7n) + rotate(c, 12n) + rotate(d, 18n)) & MASK;
		for (const lane of lanes) hash = ((hash ^ round(0n, lane)) * P1 + P4) & MASK;
	}
	hash = (hash + BigInt(bytes.length)) & MASK;
	for (; at + 8 <= bytes.length; at += 8) {
		hash ^= round(0n, view.getBigUint64(at, true));
		hash = (rotate(hash, 27n) * P1 + P4) & MASK;
	}
	if (at + 4 <= bytes.length) {
		hash ^= (BigInt(view.getUint32(at, true)) * P1) & MASK;
		hash = (rotate(hash, 23n) * P2 + P3) & MASK;
		at += 4;
	}
	for (; at < bytes.length; at++) {
		hash ^= (BigInt(bytes[at]!) * P5) & MASK;
		hash = (rotate(hash, 11n) * P1) & MASK;
	}
	hash ^= hash >> 33n;
	hash = (hash * P2) & MASK;
	hash ^= hash >> 29n;
	hash = (hash * P3) & MASK;
	return hash ^ (hash >> 32n);
}
