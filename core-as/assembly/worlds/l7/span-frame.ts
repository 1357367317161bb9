import { Answer } from '../../parsers/requests/answers';
import { writeWord } from './span-attributes';

// The fields that every span has, around its attributes.

const SERVER: u8 = 2;
const CLIENT: u8 = 3;
/** has_is_remote and is_remote of Span.flags. */
const REMOTE_PARENT: u32 = 0x300;
const LOCAL_PARENT: u32 = 0x100;

/** Ids as they go over the wire. */
@unmanaged
export class SpanContext {
	traceLow: u64;
	traceHigh: u64;
	span: u64;
	/** 0: the span is a root. */
	parent: u64;
	/** Of W3C Trace Context. */
	flags: u32;
}

/**
 * Writes a field `spans` of ScopeSpans up to its attributes; returns where they begin. `clock`: ns from the records' time to
 * the epoch. Without a name the span gets the other one. A name is shorter than 128 bytes.
 */
export function beginSpan(
	to: usize,
	context: SpanContext,
	name: usize,
	nameSize: usize,
	otherName: string,
	isClient: bool,
	answer: Answer,
	clock: u64,
): usize {
	// Behind the tag and a length of two bytes: no span is shorter than 128 or longer than 16 383.
	let p = to + 3;
	store<u16>(p, 0x100a);
	store<u64>(p, context.traceLow, 2);
	store<u64>(p, context.traceHigh, 10);
	store<u16>(p, 0x0812, 18);
	store<u64>(p, context.span, 20);
	p += 28;
	if (context.parent !== 0) {
		store<u16>(p, 0x0822);
		store<u64>(p, context.parent, 2);
		p += 10;
	}
	store<u8>(p, 0x2a);
	if (nameSize !== 0) {
		store<u8>(p, <u8>nameSize, 1);
		memory.copy(p + 2, name, nameSize);
		p += 2 + nameSize;
	} else {
		store<u8>(p, <u8>otherName.length, 1);
		p = writeWord(p + 2, otherName);
	}
	store<u8>(p, 0x30);
	store<u8>(p, isClient ? CLIENT : SERVER, 1);
	const start = answer.start + clock;
	store<u8>(p, 0x39, 2);
	store<u64>(p, start, 3);
	store<u8>(p, 0x41, 11);
	store<u64>(p, start + answer.elapsed, 12);
	return p + 20;
}

/** Writes what follows the attributes, which end at `p`; returns the end. */
export function endSpan(to: usize, p: usize, context: SpanContext, isError: bool): usize {
	if (isError) {
		store<u32>(p, 0x0218027a);
		p += 4;
	}
	store<u16>(p, 0x0185);
	store<u32>(p, context.flags | (context.parent !== 0 ? REMOTE_PARENT : LOCAL_PARENT), 2);
	p += 6;
	const size = p - to - 3;
	store<u8>(to, 0x12);
	store<u8>(to, <u8>((size & 0x7f) | 0x80), 1);
	store<u8>(to, <u8>(size >> 7), 2);
	return p;
}
