import { allocate } from '../../abi/memory';
import { hashBytes, mix } from '../../codecs/mix';
import { normaliseSql } from '../sql/sql';

// Texts of prepared statements, kept once for all connections, and which connection knows which under what name. Both are
// bounded; what is pushed out leaves its executions without a text, never with another's.

export const MAX_TEXT: usize = 512;
const MAX_STATEMENTS: u32 = 2048;
/** A power of two. */
const NAMES: u32 = 1 << 15;
/** Places in which a name may stand. */
const PROBES: u32 = 8;

@unmanaged
export class Statement {
	hash: u64;
	size: u32;
	reserved: u32;

	text(): usize {
		return changetype<usize>(this) + offsetof<Statement>();
	}
}

@unmanaged
class Name {
	key: u64;
	/** Of the statement; another one may have taken its place. */
	hash: u64;
	statement: u32;
	/** The lower, the longer ago it was set. */
	age: u32;
}

const STATEMENT_SIZE: usize = offsetof<Statement>() + MAX_TEXT;
let statements: usize = 0;
let names: usize = 0;
let used: u32 = 0;
let oldest: u32 = 0;
let clock: u32 = 0;
/** Statement numbers by hash. A slot says no more than where to look: another statement may stand there by now. */
const SLOTS: u32 = 8192;
const SLOT_PROBES: u32 = 4;
let slots: usize = 0;
let text: usize = 0;

function open(): void {
	statements = allocate(<usize>MAX_STATEMENTS * STATEMENT_SIZE);
	names = allocate(<usize>NAMES * offsetof<Name>());
	memory.fill(names, 0, <usize>NAMES * offsetof<Name>());
	slots = allocate(<usize>SLOTS * 2);
	memory.fill(slots, 0, <usize>SLOTS * 2);
	text = allocate(MAX_TEXT);
}

/** The number of the statement with this SQL, from 1. */
export function intern(sql: usize, size: usize, cut: bool): u32 {
	if (statements === 0) open();
	const length = normaliseSql(sql, size, cut, text, MAX_TEXT);
	const hash = hashBytes(text, length);
	let slot: usize = 0;
	for (let i: u32 = 0; i < SLOT_PROBES; i++) {
		const place = slots + ((<usize>((<u32>hash + i) & (SLOTS - 1))) << 1);
		const found = <u32>load<u16>(place);
		if (found === 0) {
			if (slot === 0) slot = place;
		} else if (statementAt(found).hash === hash) return found;
	}
	if (slot === 0) slot = slots + ((<usize>(<u32>hash & (SLOTS - 1))) << 1);
	let number = used + 1;
	if (used < MAX_STATEMENTS) used++;
	else {
		number = oldest + 1;
		oldest = (oldest + 1) % MAX_STATEMENTS;
	}
	const statement = statementAt(number);
	statement.hash = hash;
	statement.size = <u32>length;
	memory.copy(statement.text(), text, length);
	store<u16>(slot, <u16>number);
	return number;
}

export function statementAt(number: u32): Statement {
	return changetype<Statement>(statements + <usize>(number - 1) * STATEMENT_SIZE);
}

/** Says that a connection calls a statement by a name; 0 takes the name back. */
export function setName(cookie: u64, name: usize, size: usize, statement: u32): void {
	if (names === 0) return;
	const key = keyOf(cookie, name, size);
	let best = nameAt(<u32>key);
	for (let i: u32 = 0; i < PROBES; i++) {
		const entry = nameAt(<u32>key + i);
		if (entry.key === key) {
			best = entry;
			break;
		}
		if (entry.age < best.age) best = entry;
	}
	best.key = key;
	best.statement = statement;
	best.hash = statement === 0 ? 0 : statementAt(statement).hash;
	best.age = ++clock;
}

/** The statement that a connection calls by a name, 0 when it is not known. */
export function findName(cookie: u64, name: usize, size: usize): u32 {
	if (names === 0) return 0;
	const key = keyOf(cookie, name, size);
	for (let i: u32 = 0; i < PROBES; i++) {
		const entry = nameAt(<u32>key + i);
		if (entry.key !== key) continue;
		const number = entry.statement;
		return number !== 0 && statementAt(number).hash === entry.hash ? number : 0;
	}
	return 0;
}

function nameAt(index: u32): Name {
	return changetype<Name>(names + <usize>(index & (NAMES - 1)) * offsetof<Name>());
}

function keyOf(cookie: u64, name: usize, size: usize): u64 {
	return mix(hashBytes(name, size) ^ mix(cookie)) | 1;
}
