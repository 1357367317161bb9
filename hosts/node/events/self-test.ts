import { randomBytes } from 'node:crypto';
import type { KernelRing } from './kernel-addon.ts';
import { sendOverLoopback } from './loopback-pair.ts';
import { cookieOf, paddedSize, payloadOf, RECORD, recordsOf } from './record-batch.ts';

/** How long records may take to appear once the connection is closed. */
const PATIENCE_MS = 500;
const SENT = 1;
const RECEIVED = 2;

export interface SelfTestResult {
	ok: boolean;
	/** Why it failed, or why nothing could be verified; else empty. */
	reason: string;
}

/**
 * Do the attached programs report a call, in both directions and with its payload? Attaching proves nothing:
 * there are kernels on which programs attach and never run. Records of other connections that are drained
 * meanwhile go to `feed`. The caller's process must not be among the ignored ones yet.
 */
export async function testSocketData(
	ring: KernelRing,
	buffer: Uint8Array,
	feed: (records: Uint8Array) => void,
): Promise<SelfTestResult> {
	const marker = new Uint8Array(randomBytes(32));
	try {
		await sendOverLoopback(marker);
	} catch (error) {
		return { ok: true, reason: `not verified, no loopback connection: ${(error as Error).message}` };
	}
	const own = new Set<bigint>();
	let seen = 0;
	let closed = 0;
	const deadline = performance.now() + PATIENCE_MS;
	while (seen !== (SENT | RECEIVED) || closed < own.size) {
		const size = ring.drain(buffer);
		if (size === 0) {
			if (performance.now() > deadline) break;
			await new Promise((resolve) => setTimeout(resolve, 2));
			continue;
		}
		const batch = buffer.subarray(0, size);
		for (const { at, length, kind } of recordsOf(batch)) {
			if (kind !== RECORD.data || !holds(payloadOf(batch, at, length), marker)) continue;
			own.add(cookieOf(batch, at));
			seen |= batch[at + 1] === 1 ? SENT : RECEIVED;
		}
		for (const { at, kind } of recordsOf(batch)) {
			if (kind === RECORD.close && own.has(cookieOf(batch, at))) closed++;
		}
		feed(without(batch, own));
	}
	if (seen === (SENT | RECEIVED)) return { ok: true, reason: '' };
	const missing = [seen & SENT ? '' : 'send', seen & RECEIVED ? '' : 'receive'].filter(Boolean);
	return { ok: false, reason: `self-test saw no ${missing.join(' and no ')} call` };
}

function holds(payload: Uint8Array, marker: Uint8Array): boolean {
	return payload.length === marker.length && payload.every((byte, i) => byte === marker[i]);
}

function without(batch: Uint8Array, cookies: ReadonlySet<bigint>): Uint8Array {
	const rest = new Uint8Array(batch.length);
	let end = 0;
	for (const { at, length } of recordsOf(batch)) {
		if (cookies.has(cookieOf(batch, at))) continue;
		rest.set(batch.subarray(at - 8, at - 8 + paddedSize(length)), end);
		end += paddedSize(length);
	}
	return rest.subarray(0, end);
}
