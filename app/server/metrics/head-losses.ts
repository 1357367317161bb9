import { comparePositions, type Position } from '../../delivery/record.ts';

/** After this many losses without a write the head takes one record at a time, so that it shows on which it fails. */
const CAREFUL_AFTER = 3;
/** A record with which the head fails alone this often is left out. */
const TRIES = 2;
/** After more of them in a row the fault is not in the records: none is left out any more until a write succeeds. */
const MAX_LEFT_OUT = 8;

/** Finds the record of the spool on which the head fails again and again, so that it does not hold up all others. */
export class HeadLosses {
	#losses = 0;
	/** Records below are taken one at a time. */
	#until: Position | null = null;
	#suspect: Position | null = null;
	#tries = 0;
	#leftOut = 0;

	/** The head was lost; `last` is the record that was added last, `tail` the end of the spool. */
	lost(last: Position | null, tail: Position): void {
		this.#losses++;
		if (this.#until === null) {
			if (this.#losses >= CAREFUL_AFTER) this.#until = tail;
			return;
		}
		const again = last !== null && this.#suspect !== null && comparePositions(this.#suspect, last) === 0;
		this.#tries = again ? this.#tries + 1 : 1;
		this.#suspect = last;
	}

	/** Whether each record is to be written before the next is added. */
	get careful(): boolean {
		return this.#until !== null;
	}

	/** Whether trying again at once is of no use. */
	get hopeless(): boolean {
		return this.#leftOut >= MAX_LEFT_OUT;
	}

	/** Whether this record is to be left out; each is asked for once per try. */
	leavesOut(record: Position): boolean {
		if (this.hopeless || this.#suspect === null || this.#tries < TRIES) return false;
		if (comparePositions(this.#suspect, record) !== 0) return false;
		this.#leftOut++;
		this.#suspect = null;
		return true;
	}

	/** The head was written up to here, with so many samples. */
	written(at: Position, samples: number): void {
		if (samples > 0) this.#leftOut = 0;
		if (this.#until === null) {
			if (samples > 0) this.#losses = 0;
		} else if (comparePositions(at, this.#until) >= 0) {
			this.#until = null;
			this.#suspect = null;
			this.#losses = 0;
		}
	}
}
