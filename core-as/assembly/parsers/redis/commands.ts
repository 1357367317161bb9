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
	return isOneOf(BLOCKING, name, size);
}

export function isLast(name: usize, size: u32): bool {
	return isOneOf(LAST, name, size);
}

export function hasKey(name: usize, size: u32): bool {
	return !isOneOf(WITHOUT_KEY, name, size);
}

export function hasSubcommand(name: usize, size: u32): bool {
	return isOneOf(CONTAINERS, name, size);
}

/** With BLOCK among its arguments it waits. */
export function mayBlock(name: usize, size: u32): bool {
	return isOneOf(READS, name, size);
}

export function isClient(name: usize, size: u32): bool {
	return isWord(name, size, 'CLIENT');
}

function isOneOf(words: string[], name: usize, size: u32): bool {
	for (let i = 0; i < words.length; i++) if (isWord(name, size, unchecked(words[i]))) return true;
	return false;
}

function isWord(name: usize, size: u32, word: string): bool {
	if (size !== <u32>word.length) return false;
	for (let i: u32 = 0; i < size; i++)
		if (<i32>load<u8>(name + <usize>i) !== word.charCodeAt(<i32>i)) return false;
	return true;
}
