import { randomBytes } from 'node:crypto';
import type { KernelRing } from './kernel-addon.ts';
import { sendOverLoopback } from './loopback-pair.ts';
import { cookieOf, paddedSize, payloadOf, RECORD, recordsOf } from './record-batch.ts';

/** How long records may take to appear once the connection is closed. */
const PATIENCE_MS = 500;
/** A ring that is full of other traffic loses the test's records. */
const ATTEMPTS = 3;
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
	let seen = 0;
	for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
		const marker = new Uint8Array(randomBytes(32));
		const sight = new Sight(marker);
		let running = true;
		const sending = sendOverLoopback(marker).then(
			() => '',
			(error: Error) => error.message,
		);
		const draining = (async () => {
			for (let deadline = Number.POSITIVE_INFINITY; !sight.complete; ) {
				const size = ring.drain(buffer);
				if (size > 0) feed(sight.take(buffer.subarray(0, size)));
				else await new Promise((resolve) => setTimeout(resolve, 2));
				if (!running) deadline = Math.min(deadline, performance.now() + PATIENCE_MS);
				if (performance.now() > deadline) break;
			}
		})();
		const failure = await sending;
		running = false;
		await draining;
		if (sight.seen === (SENT | RECEIVED)) return { ok: true, reason: '' };
		if (failure !== '') return { ok: true, reason: `not verified, no loopback connection: ${failure}` };
		seen |= sight.seen;
	}
	const missing = [seen & SENT ? '' : 'send', seen & RECEIVED ? '' : 'receive'].filter(Boolean);
	return { ok: false, reason: `self-test saw no ${missing.join(' and no ')} call` };
}

/** What a self-test has seen of its own connection. */
class Sight {
	seen = 0;
	#closed = 0;
	readonly #marker: Uint8Array;
	/** Socket cookies of both ends. */
	readonly #own = new Set<bigint>();

	constructor(marker: Uint8Array) {
		this.#marker = marker;
	}

	/** Both directions were seen, and both ends closed: nothing more will come. */
	get complete(): boolean {
		return this.seen === (SENT | RECEIVED) && this.#closed === this.#own.size;
	}

	/** Returns the records of others. */
	take(batch: Uint8Array): Uint8Array {
		for (const { at, length, kind } of recordsOf(batch)) {
			if (kind !== RECORD.data || !holds(payloadOf(batch, at, length), this.#marker)) continue;
			this.#own.add(cookieOf(batch, at));
			this.seen |= batch[at + 1] === 1 ? SENT : RECEIVED;
		}
		for (const { at, kind } of recordsOf(batch)) {
			if (kind === RECORD.close && this.#own.has(cookieOf(batch, at))) this.#closed++;
		}
		return without(batch, this.#own);
	}
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
