import { releaseHead } from './request-head';

/** Requests of a connection that wait for their answers, oldest first. Lies in zeroed memory. */
@unmanaged
export class InFlight {
	first: u8;
	count: u8;
	reserved: u16;
	reserved2: u32;

	/** The entry at a place, 0 being the oldest. */
	at(index: u32): Request {
		const slot = (<u32>this.first + index) & (MAX_REQUESTS - 1);
		return changetype<Request>(
			changetype<usize>(this) + offsetof<InFlight>() + <usize>slot * offsetof<Request>(),
		);
	}

	oldest(): Request {
		return this.at(0);
	}

	newest(): Request {
		return this.at(<u32>this.count - 1);
	}

	isFull(): bool {
		return <u32>this.count === MAX_REQUESTS;
	}

	/** Only when it is not full. */
	push(time: u64, kind: u8, head: u32): Request {
		const request = this.at(<u32>this.count);
		this.count++;
		request.time = time;
		request.repeats = 1;
		request.head = <u16>head;
		request.kind = kind;
		request.flags = 0;
		return request;
	}

	/** Takes the oldest out, whose head nobody needs any more. */
	pop(): void {
		releaseHead(<u32>this.oldest().head);
		this.first = <u8>((<u32>this.first + 1) & (MAX_REQUESTS - 1));
		this.count--;
	}

	/** Drops all; returns how many requests they were. */
	clear(): u32 {
		let dropped: u32 = 0;
		while (this.count !== 0) {
			dropped += this.oldest().repeats;
			this.pop();
		}
		return dropped;
	}
}

/** One request, or several of one kind that came in one record. */
@unmanaged
export class Request {
	/** Of the record that holds its first byte. */
	time: u64;
	repeats: u32;
	/** Number of the first one's head, or 0. */
	head: u16;
	/** Whatever the protocol needs. */
	kind: u8;
	flags: u8;

	/** The head, for whom takes it and releases it. */
	takeHead(): u32 {
		const number = <u32>this.head;
		this.head = 0;
		return number;
	}
}

/** A power of two, at most MAX_ANSWERS: as many heads one connection has. */
export const MAX_REQUESTS: u32 = 32;

export const IN_FLIGHT_SIZE: usize = offsetof<InFlight>() + <usize>MAX_REQUESTS * offsetof<Request>();
