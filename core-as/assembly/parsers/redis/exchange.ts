import { IN_FLIGHT_SIZE, InFlight } from '../requests/in-flight';
import { releaseHead } from '../requests/request-head';
import { RespStream } from './resp';

/** What becomes of a command. */
export const PLAIN: u8 = 0;
/** It waits for data: its time says nothing. */
export const BLOCKING: u8 = 1;
/** What comes after its reply is no reply to anything. */
export const LAST: u8 = 2;
/** Commands that nobody saw, an unknown number of them. */
export const UNSEEN: u8 = 3;

/** Records of something else after which the connection is none of Redis. */
export const PATIENCE: u32 = 4;

/** The Redis side of one connection. Lies in zeroed memory. */
@unmanaged
export class RedisExchange {
	/** Direction of commands. */
	requests: u8;
	stopped: bool;
	/** A command and a reply were seen. */
	confirmed: bool;
	/** Commands are noted for spans. */
	notes: bool;
	/** Records that began with no RESP before anything was confirmed. */
	misses: u32;

	commands(): RespStream {
		return changetype<RespStream>(changetype<usize>(this) + offsetof<RedisExchange>());
	}

	replies(): RespStream {
		return changetype<RespStream>(
			changetype<usize>(this) + offsetof<RedisExchange>() + offsetof<RespStream>(),
		);
	}

	inFlight(): InFlight {
		return changetype<InFlight>(
			changetype<usize>(this) + offsetof<RedisExchange>() + 2 * offsetof<RespStream>(),
		);
	}

	/** Replies that come now belong to commands that nobody saw. */
	isUnseen(): bool {
		const inFlight = this.inFlight();
		return inFlight.count !== 0 && inFlight.oldest().kind === UNSEEN;
	}

	stop(): void {
		this.stopped = true;
		this.releaseHeads();
	}

	releaseHeads(): void {
		this.inFlight().clear();
		releaseHeadOf(this.commands());
	}
}

export const REDIS_SIZE: usize = offsetof<RedisExchange>() + 2 * offsetof<RespStream>() + IN_FLIGHT_SIZE;

/** A command that is not whole yet may have a head already. */
function releaseHeadOf(stream: RespStream): void {
	releaseHead(<u32>stream.head);
	stream.head = 0;
}
