import { allocate } from '../../abi/memory';
import { Answer } from '../../parsers/requests/answers';
import { headOf, RequestHead, TRACED } from '../../parsers/requests/request-head';
import { Connection } from './connections';
import { encodeDatabaseSpan } from './database-span';
import { HTTP } from './protocols';
import { RandomIds } from './random-ids';
import { RateLimit } from './rate-limit';
import { OUTBOUND } from './records';
import { Row } from './rows';
import { encodeSpan, isError, MAX_SPAN } from './span-encoder';
import { SpanContext } from './span-frame';

/** What waits for the host: bytes and spans. A span that finds no room is dropped and counted. */
const MAX_BYTES: usize = 1 << 20;
const MAX_SPANS: u32 = 4096;
const SAMPLED: u32 = 1;

/** Whose spans these are; a span tells its source by number. */
@unmanaged
export class Source {
	cgroup: u64;
	addressLow: u64;
	addressHigh: u64;
	pid: u32;
	netns: u32;
	port: u16;
	role: u8;
	reserved: u8;
	reserved2: u32;
}

/** Spans of one tracker: those that wait, and what became of the others. Lies in zeroed memory. */
@unmanaged
export class Spans {
	on: bool;
	keepQuery: bool;
	reserved: u16;
	count: u32;
	sourceCount: u32;
	reserved2: u32;
	sampling: f64;
	/** Nanoseconds from the records' clock to the epoch. */
	clock: u64;
	/** Counters since the tracker was made. `made` + the others = requests that were answered while spans were on. */
	made: u64;
	unsampled: u64;
	limited: u64;
	overflow: u64;
	unnoted: u64;
	/** Bytes that wait. */
	size: usize;
	data: usize;
	ends: usize;
	sourceOf: usize;
	sources: usize;

	random(): RandomIds {
		return changetype<RandomIds>(changetype<usize>(this) + offsetof<Spans>());
	}

	limit(): RateLimit {
		return changetype<RateLimit>(changetype<usize>(this) + offsetof<Spans>() + offsetof<RandomIds>());
	}

	source(index: u32): Source {
		return changetype<Source>(this.sources + <usize>index * offsetof<Source>());
	}

	start(): void {
		this.on = true;
		if (this.data !== 0) return;
		this.data = allocate(MAX_BYTES);
		this.ends = allocate((<usize>MAX_SPANS) << 2);
		this.sourceOf = allocate((<usize>MAX_SPANS) << 1);
		this.sources = allocate(<usize>MAX_SPANS * offsetof<Source>());
	}

	/** After a take. */
	clear(): void {
		this.size = 0;
		this.count = 0;
		this.sourceCount = 0;
	}

	free(): void {
		if (this.data === 0) return;
		heap.free(this.data);
		heap.free(this.ends);
		heap.free(this.sourceOf);
		heap.free(this.sources);
	}
}

export const SPANS_SIZE: usize = offsetof<Spans>() + offsetof<RandomIds>() + offsetof<RateLimit>();

const context = changetype<SpanContext>(memory.data(40, 8));

/** Makes the span of an answered request, or counts why not. `row` is the connection's. */
export function addSpan(spans: Spans, connection: Connection, row: Row, answer: Answer): void {
	const head = headOf(answer.head);
	const traced = head.traced === TRACED;
	const sampled = traced ? (<u32>head.flags & SAMPLED) !== 0 : isChosen(spans);
	if (!sampled) {
		spans.unsampled++;
		return;
	}
	if (spans.count === MAX_SPANS || spans.size + MAX_SPAN > MAX_BYTES) {
		spans.overflow++;
		return;
	}
	const isHttp = connection.protocol === HTTP;
	const failed = isHttp ? isError(<u32>connection.role === OUTBOUND, answer.status) : answer.status !== 0;
	const urgent = traced || failed;
	if (!spans.limit().admit(answer.start + answer.elapsed, urgent)) {
		spans.limited++;
		return;
	}
	setContext(spans, head, traced);
	const at = spans.data + spans.size;
	const end = isHttp
		? encodeSpan(at, context, connection, head, answer, spans.clock, spans.keepQuery)
		: encodeDatabaseSpan(at, context, connection, head, answer, spans.clock);
	spans.size = end - spans.data;
	store<u32>(spans.ends + ((<usize>spans.count) << 2), <u32>spans.size);
	store<u16>(spans.sourceOf + ((<usize>spans.count) << 1), <u16>sourceOf(spans, row));
	spans.count++;
	spans.made++;
}

function isChosen(spans: Spans): bool {
	return spans.sampling >= 1 || spans.random().share() < spans.sampling;
}

function setContext(spans: Spans, head: RequestHead, traced: bool): void {
	const random = spans.random();
	context.traceLow = traced ? head.traceLow : random.id();
	context.traceHigh = traced ? head.traceHigh : random.id();
	context.parent = traced ? head.parent : 0;
	context.flags = traced ? <u32>head.flags : SAMPLED;
	context.span = random.id();
}

/** The row's number among the sources, which it becomes with its first span since the last take. */
function sourceOf(spans: Spans, row: Row): u32 {
	const known = row.source;
	if (known !== 0 && known <= spans.sourceCount && isSource(spans.source(known - 1), row)) return known - 1;
	const index = spans.sourceCount++;
	const source = spans.source(index);
	source.cgroup = row.cgroup;
	source.addressLow = row.addressLow;
	source.addressHigh = row.addressHigh;
	source.pid = row.pid;
	source.netns = row.netns;
	source.port = row.port;
	source.role = row.role;
	row.source = index + 1;
	return index;
}

/** A row's number may be from before the last take. */
function isSource(source: Source, row: Row): bool {
	return (
		source.pid === row.pid &&
		source.port === row.port &&
		source.role === row.role &&
		source.cgroup === row.cgroup &&
		source.netns === row.netns &&
		source.addressLow === row.addressLow &&
		source.addressHigh === row.addressHigh
	);
}
