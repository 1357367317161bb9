import { EXCHANGE_SIZE, RECEIVE, SEND } from '../../parsers/http1/exchange';
import { PgExchange, POSTGRES_SIZE, STARTUP } from '../../parsers/postgres/exchange';
import {
	BEGINS_SESSION,
	beginsPostgres,
	feedPostgres,
	hiddenAtEnd,
	skipUnseenPostgres,
} from '../../parsers/postgres/parser';
import { REDIS_SIZE, RedisExchange } from '../../parsers/redis/exchange';
import { feedRedis, isRedis, skipUnseenRedis } from '../../parsers/redis/parser';
import { Connection } from './connections';
import { OUTBOUND } from './records';

// Protocols other than HTTP. A connection speaks one of them from the first record that begins like it; until then the
// parser of HTTP looks at it.

/** Also what is not known yet. */
export const HTTP: u8 = 0;
export const POSTGRES: u8 = 1;
export const REDIS: u8 = 2;
/** Nothing more is read of it. */
export const IGNORED: u8 = 255;

/** Bytes that the state of any protocol takes. */
export const STATE_SIZE: usize = max(EXCHANGE_SIZE, max(POSTGRES_SIZE, REDIS_SIZE));

/** Direction in which the other side is asked, as far as the role says. */
function requestsOf(connection: Connection): u32 {
	return <u32>connection.role === OUTBOUND ? SEND : RECEIVE;
}

/** The protocol that a record begins, HTTP when it is none of the others. */
export function detect(connection: Connection, direction: u32, p: usize, captured: u32, size: u32): u8 {
	const asks = direction === requestsOf(connection);
	const begins = beginsPostgres(p, captured, size);
	// What only clients say tells who is the client, where that was a guess.
	if (begins !== 0 && (asks || connection.guessed)) return POSTGRES;
	return asks && isRedis(p, captured) ? REDIS : HTTP;
}

/** Begins to read a protocol, where the last one has released its heads; `direction` is that of the record that it was seen in. */
export function begin(
	connection: Connection,
	protocol: u8,
	direction: u32,
	p: usize,
	captured: u32,
	size: u32,
): void {
	const state = changetype<usize>(connection.exchange());
	memory.fill(state, 0, STATE_SIZE);
	connection.protocol = protocol;
	const notes = <u32>connection.role === OUTBOUND;
	if (protocol === POSTGRES) {
		const postgres = changetype<PgExchange>(state);
		postgres.requests = <u8>direction;
		postgres.cookie = connection.cookie;
		postgres.notes = notes;
		if (beginsPostgres(p, captured, size) === BEGINS_SESSION) postgres.frontend().state = STARTUP;
	} else {
		const redis = changetype<RedisExchange>(state);
		redis.requests = <u8>direction;
		redis.notes = notes;
	}
}

/** Whether a connection whose client the record shows has its role the other way round. */
export function isReversed(connection: Connection, direction: u32): bool {
	return direction !== requestsOf(connection);
}

export function feedProtocol(
	connection: Connection,
	statistics: usize,
	direction: u32,
	p: usize,
	captured: u32,
	size: u32,
	time: u64,
): void {
	const state = changetype<usize>(connection.exchange());
	if (connection.protocol === POSTGRES) {
		const postgres = changetype<PgExchange>(state);
		if (!postgres.stopped) feedPostgres(postgres, statistics, direction, p, captured, size, time);
	} else if (connection.protocol === REDIS) {
		const redis = changetype<RedisExchange>(state);
		if (!redis.stopped) feedRedis(redis, statistics, direction, p, captured, size, time);
	}
}

/** Bytes that no record of data reported. */
export function skipUnseen(connection: Connection, statistics: usize, sent: u64, received: u64): void {
	const state = changetype<usize>(connection.exchange());
	if (connection.protocol === POSTGRES) {
		skipUnseenPostgres(changetype<PgExchange>(state), statistics, SEND, sent);
		skipUnseenPostgres(changetype<PgExchange>(state), statistics, RECEIVE, received);
	} else if (connection.protocol === REDIS) {
		skipUnseenRedis(changetype<RedisExchange>(state), SEND, sent);
		skipUnseenRedis(changetype<RedisExchange>(state), RECEIVE, received);
	}
}

/** The connection is done with; returns how many requests were hidden in a gap at its end. */
export function endProtocol(connection: Connection): u32 {
	const state = changetype<usize>(connection.exchange());
	if (connection.protocol === POSTGRES) {
		const postgres = changetype<PgExchange>(state);
		const hidden = postgres.stopped ? 0 : hiddenAtEnd(postgres);
		postgres.releaseHeads();
		return hidden;
	}
	if (connection.protocol === REDIS) {
		changetype<RedisExchange>(state).releaseHeads();
		return 0;
	}
	if (connection.protocol !== HTTP) return 0;
	const hidden = connection.exchange().hiddenAtEnd();
	connection.exchange().releaseHeads();
	return hidden;
}
