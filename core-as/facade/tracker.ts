import { instantiate } from '../../build/core/l7.js';
import { Component, type CoreModules } from './component.ts';

/** What happened since the last `take`, one row per (process, role, protocol, address, port). */
export interface Activity {
	rows: number;
	/** Thread group. */
	pids: Uint32Array;
	/** Ids of cgroup v2 directories. */
	cgroups: BigUint64Array;
	/** Inode numbers of network namespaces. */
	netns: Uint32Array;
	/** 1 outbound, 2 inbound. */
	roles: Uint8Array;
	/** By PROTOCOL. */
	protocols: Uint8Array;
	/** 16 bytes a row, IPv4 as ::ffff:a.b.c.d. Outbound: the remote end; inbound: the local end. */
	addresses: Uint8Array;
	ports: Uint16Array;
	/** `width` values a row, by ACTIVITY. */
	values: Float64Array;
	width: number;
}

/** Spans of exchanges of HTTP, and of queries, that ended since the last take, grouped by whose they are. */
export interface SpanBatch {
	spans: number;
	sources: number;
	/** One element a source, as in `Activity`. */
	pids: Uint32Array;
	cgroups: BigUint64Array;
	netns: Uint32Array;
	roles: Uint8Array;
	addresses: Uint8Array;
	ports: Uint16Array;
	/** One element a span: its source, and where its bytes end in `data`. */
	sourceOf: Uint16Array;
	ends: Uint32Array;
	/** Fields `spans` of an OTLP ScopeSpans, back to back; docs/formats.md, "Span batch". */
	data: Uint8Array;
}

/** How spans are made. */
export interface SpanSettings {
	/** Share of the exchanges without a traceparent, 0 to 1. Default 1. */
	sampling?: number;
	/** Most spans a second, errors and sampled traces first. Default 1000. */
	perSecond?: number;
	/** Keeps the values in queries of URLs, which otherwise become REDACTED. */
	keepQuery?: boolean;
	/** 128 random bits that ids are made of. */
	seed: readonly [bigint, bigint];
}

/** What is spoken over a connection; HTTP also stands for what is not known. */
export const PROTOCOL = { http: 0, postgres: 1, redis: 2 } as const;

/**
 * Columns of `Activity.values`. All are deltas since the last take but `active`, which is how many connections
 * are open now. `statuses` are six columns: of HTTP the classes of status and others (of 1xx only 101 ends a request and is
 * counted), of databases `ok` and `failed`. `buckets` are 12 columns of requests by latency,
 * upper bounds .005 .01 .025 .05 .1 .25 .5 1 2.5 5 10 +Inf seconds, not cumulative.
 */
export const ACTIVITY = {
	connects: 0,
	connectSeconds: 1,
	failedConnects: 2,
	active: 3,
	bytesSent: 4,
	bytesReceived: 5,
	retransmits: 6,
	statuses: 7,
	ok: 7,
	failed: 8,
	http1xx: 7,
	http2xx: 8,
	http3xx: 9,
	http4xx: 10,
	http5xx: 11,
	httpUnknown: 12,
	durationSum: 13,
	buckets: 14,
	width: 26,
} as const;

/** Since the tracker was made, traps included. */
export interface L7Counters {
	/** Records and their bytes that were fed. */
	records: number;
	bytes: number;
	/** Records of connections that were never announced, or were shed. */
	unknownConnections: number;
	/** Messages whose start, or whose counterpart, lay outside what was captured. */
	truncated: number;
	/** Records, or ends of batches, that break the layout. */
	malformed: number;
	/** Connections and rows that found their table full. */
	shed: number;
	/** Now: open connections, rows, and requests that are noted for spans. */
	connections: number;
	rows: number;
	noted: number;
	/** Spans made, and answered requests that became none: not chosen, beyond the rate, no room, not noted. */
	spans: number;
	spansUnsampled: number;
	spansLimited: number;
	spansOverflow: number;
	spansUnnoted: number;
	/** Times that the component failed and all connections were forgotten. */
	traps: number;
}

export interface TrackerOptions {
	/** Open connections beyond this are shed. Default 65 536, at most 262 144; 736 bytes each once used. */
	maxConnections?: number;
	/** Rows beyond this are shed. Default 16 384, at most 131 072; 272 bytes each once used. */
	maxRows?: number;
	/** Without it there are no spans. */
	spans?: SpanSettings | undefined;
}

/** One shard of the agent's protocol parsing; holds the state of its connections. */
export interface L7Tracker {
	/** One drained batch: records of bpf/include/records.h, each `[u32 length][u32 0][record, padded to 8]`. */
	/** Returns how many bytes of spans wait; beyond 1 MiB, or 4 096 spans, they are dropped and counted. */
	feed(batch: Uint8Array): number;
	take(): Activity;
	takeSpans(): SpanBatch;
	/** Nanoseconds from the records' clock to the epoch; spans before the first call are of 1970. */
	setClock(offset: bigint): void;
	counters(): L7Counters;
}

type Tracker = InstanceType<ReturnType<typeof instantiate>['l7']['Tracker']>;

const COUNTED = [
	'records',
	'bytes',
	'unknownConnections',
	'truncated',
	'malformed',
	'shed',
	'spans',
	'spansUnsampled',
	'spansLimited',
	'spansOverflow',
	'spansUnnoted',
] as const;

/** A trap costs the open connections; `feed` and `take` then throw CoreError CXR_CORE_TRAP once and go on empty. */
export function createTracker(modules: CoreModules, options: TrackerOptions = {}): L7Tracker {
	const { maxConnections = 65_536, maxRows = 16_384, spans } = options;
	const component = new Component(instantiate, modules);
	let tracker: Tracker | undefined;
	/** Counters of the living tracker when last asked, and of those that are gone. */
	let latest = zeroes();
	const gone = zeroes();
	let clock = 0n;

	function open(it: ReturnType<typeof instantiate>): Tracker {
		const opened = new it.l7.Tracker(maxConnections, maxRows);
		if (spans !== undefined) {
			const { sampling = 1, perSecond = 1000, keepQuery = false, seed } = spans;
			// A tracker that replaces another must not make the same ids again.
			opened.setSpans(sampling, perSecond, keepQuery, seed[0], seed[1] + BigInt(component.traps));
			opened.setClock(clock);
		}
		return opened;
	}

	function call<T>(work: (live: Tracker) => T): T {
		try {
			return component.call((it) => {
				tracker ??= open(it);
				return work(tracker);
			});
		} catch (error) {
			discard(tracker);
			tracker = undefined;
			for (const name of COUNTED) gone[name] += latest[name];
			latest = zeroes();
			throw error;
		}
	}

	function ask(live: Tracker): void {
		const now = live.counters();
		for (const name of COUNTED) latest[name] = Number(now[name]);
		latest.connections = now.connections;
		latest.rows = now.rows;
		latest.noted = now.noted;
	}

	return {
		feed(batch) {
			if (!(batch instanceof Uint8Array)) throw new Error('BUG: the tracker takes a Uint8Array');
			return call((live) => live.feed(batch));
		},
		take() {
			return call((live) => {
				const taken = live.take();
				ask(live);
				return {
					rows: taken.pid.length,
					pids: taken.pid,
					cgroups: taken.cgroup,
					netns: taken.netns,
					roles: taken.role,
					protocols: taken.protocol,
					addresses: taken.addresses,
					ports: taken.ports,
					values: taken.values,
					width: taken.width,
				};
			});
		},
		takeSpans() {
			return call((live) => {
				const taken = live.takeSpans();
				return {
					spans: taken.source.length,
					sources: taken.pid.length,
					pids: taken.pid,
					cgroups: taken.cgroup,
					netns: taken.netns,
					roles: taken.role,
					addresses: taken.addresses,
					ports: taken.ports,
					sourceOf: taken.source,
					ends: taken.ends,
					data: taken.data,
				};
			});
		},
		setClock(offset) {
			clock = offset;
			call((live) => live.setClock(offset));
		},
		counters() {
			call(ask);
			const sum = { ...latest, traps: component.traps };
			for (const name of COUNTED) sum[name] += gone[name];
			return sum;
		},
	};
}

/** Takes a dead tracker away from the garbage collector, which would run its destructor in the dead instance. */
function discard(tracker: Tracker | undefined): void {
	try {
		(tracker as Disposable | undefined)?.[Symbol.dispose]();
	} catch {
		// The destructor failed like the call before it; the instance is gone either way.
	}
}

function zeroes(): Omit<L7Counters, 'traps'> {
	return {
		records: 0,
		bytes: 0,
		unknownConnections: 0,
		truncated: 0,
		malformed: 0,
		shed: 0,
		connections: 0,
		rows: 0,
		noted: 0,
		spans: 0,
		spansUnsampled: 0,
		spansLimited: 0,
		spansOverflow: 0,
		spansUnnoted: 0,
	};
}
