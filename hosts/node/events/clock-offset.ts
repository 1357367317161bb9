const NS_PER_MS = 1_000_000n;
/** Beyond the millisecond that the wall clock is read in, a difference is a jump of the clock. */
const JUMP_NS = 2n * NS_PER_MS;
/** How fast the wall clock may be slowed down, so that the estimate follows it back: 500 ppm of a second. */
const SLEW_NS = 500_000n;

/**
 * Nanoseconds from the monotonic clock to the epoch. The wall clock is read in whole milliseconds, always too early; the
 * latest of many readings is the truth to some microseconds.
 */
export class ClockOffset {
	#offset: bigint | undefined;

	/** @param wallMs since the epoch @param monotonicNs read together with it, about once a second */
	sample(wallMs: number, monotonicNs: bigint): bigint {
		const read = BigInt(wallMs) * NS_PER_MS - monotonicNs;
		const known = this.#offset;
		if (known === undefined || read > known || known - read > JUMP_NS) this.#offset = read;
		else if (known - read > NS_PER_MS) this.#offset = known - SLEW_NS;
		return this.#offset!;
	}
}
