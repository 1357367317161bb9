import { isOneOf, isWord } from '../words';

// Commands that are unlike others, by their names in capitals: 16 bytes, zeros behind the name.

/** They wait for data, or for replicas. XREAD and XREADGROUP do with BLOCK. */
const BLOCKING: string[] = [
	'BLPOP',
	'BRPOP',
	'BLMOVE',
	'BRPOPLPUSH',
	'BLMPOP',
	'BZPOPMIN',
	'BZPOPMAX',
	'BZMPOP',
	'WAIT',
	'WAITAOF',
];
/** What the server sends after them is no reply. */
const LAST: string[] = ['SUBSCRIBE', 'PSUBSCRIBE', 'SSUBSCRIBE', 'MONITOR', 'SYNC', 'PSYNC'];
/** Their first argument is a secret, a program or a message. */
const WITHOUT_KEY: string[] = [
	'AUTH',
	'HELLO',
	'EVAL',
	'EVAL_RO',
	'EVALSHA',
	'EVALSHA_RO',
	'ECHO',
	'PING',
	'MIGRATE',
	'REPLCONF',
];
/** Their first argument is a command of its own. */
const CONTAINERS: string[] = [
	'ACL',
	'CLIENT',
	'CLUSTER',
	'COMMAND',
	'CONFIG',
	'FUNCTION',
	'LATENCY',
	'MEMORY',
	'MODULE',
	'OBJECT',
	'PUBSUB',
	'SCRIPT',
	'SLOWLOG',
	'XGROUP',
	'XINFO',
];
const READS: string[] = ['XREAD', 'XREADGROUP'];

export function isBlocking(name: usize, size: u32): bool {
	return isOneOf(BLOCKING, name, <usize>size);
}

export function isLast(name: usize, size: u32): bool {
	return isOneOf(LAST, name, <usize>size);
}

export function hasKey(name: usize, size: u32): bool {
	return !isOneOf(WITHOUT_KEY, name, <usize>size);
}

export function hasSubcommand(name: usize, size: u32): bool {
	return isOneOf(CONTAINERS, name, <usize>size);
}

/** With BLOCK among its arguments it waits. */
export function mayBlock(name: usize, size: u32): bool {
	return isOneOf(READS, name, <usize>size);
}

export function isClient(name: usize, size: u32): bool {
	return isWord(name, <usize>size, 'CLIENT');
}
