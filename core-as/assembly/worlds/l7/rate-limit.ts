/** How far times may go back before they are taken for a new clock, ns. */
const STEP_BACK: u64 = 1_000_000_000;

/**
 * A token bucket over the records' own time, one second deep. Ordinary spans leave its lower half to urgent ones,
 * so these find a token as long as they alone stay below the rate.
 */
@unmanaged
export class RateLimit {
	perSecond: f64;
	tokens: f64;
	at: u64;

	start(perSecond: u32): void {
		this.perSecond = <f64>perSecond;
		this.tokens = this.perSecond;
		this.at = 0;
	}

	admit(time: u64, urgent: bool): bool {
		if (time > this.at) {
			const passed = <f64>(time - this.at) * 1e-9;
			this.tokens = min(this.perSecond, this.tokens + passed * this.perSecond);
			this.at = time;
		} else if (this.at - time > STEP_BACK) this.at = time;
		const floor = urgent ? 0.0 : Math.floor(this.perSecond * 0.5);
		if (this.tokens < floor + 1) return false;
		this.tokens -= 1;
		return true;
	}
}
