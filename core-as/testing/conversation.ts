import assert from 'node:assert/strict';
import type { CoreModules } from '../facade/component.ts';
import { createTracker, type L7Counters, PROTOCOL, type SpanSettings } from '../facade/tracker.ts';
import { type ActivityRow, rowsOf } from './activity-row.ts';
import { builtModules } from './modules.ts';
import { mutate, Random } from './random.ts';
import { FOUND_OPEN, INBOUND, OUTBOUND, RECEIVE, RecordWriter, SEND } from './record-writer.ts';
import { type ReadableSpan, spansOf } from './spans.ts';

/** `>` a record towards the server, `<` one back; `captured` bytes of it are in the record. */
export type Turn = [direction: '>' | '<', payload: Uint8Array | string, captured?: number];

export interface Outcome {
	/** The row with the requests of the protocol; zeros where it has none. */
	ok: number;
	failed: number;
	/** Requests that have a latency, and the sum of those. */
	measured: number;
	seconds: number;
	protocol: string;
	spans: ReadableSpan[];
	counters: L7Counters;
	rows: ActivityRow[];
}

export interface ConversationOptions {
	role?: number;
	port?: number;
	localPort?: number;
	/** Default: spans are made of everything. */
	spans?: SpanSettings;
	/** Leaves the connection open at the end. */
	open?: boolean;
}

const SPANS: SpanSettings = { seed: [1n, 2n], perSecond: 100_000 };

/** Conversations with servers of one protocol. However they go, nothing may trap, be malformed or leave a message's head behind. */
export class Conversations {
	readonly #port: number;
	#modules: Promise<CoreModules> | undefined;

	/** @param port the well-known one of the protocol */
	constructor(port: number) {
		this.#port = port;
	}

	async hold(turns: Turn[], options: ConversationOptions = {}): Promise<Outcome> {
		this.#modules ??= builtModules();
		const outcome = converse(await this.#modules, turns, { port: this.#port, ...options });
		this.#check(outcome.counters);
		return outcome;
	}

	/** Each begins with `first` and goes on with ten of `seeds`, of which half are damaged. Returns the number of spans. */
	async holdMutants(o: { first: Turn; seeds: Turn[]; seed: number; conversations: number }): Promise<number> {
		this.#modules ??= builtModules();
		const random = new Random(o.seed);
		const counters = converseMutants(await this.#modules, { ...o, port: this.#port, random });
		this.#check(counters);
		return counters.spans;
	}

	#check({ traps, malformed, noted }: L7Counters): void {
		assert.deepEqual({ traps, malformed, noted }, { traps: 0, malformed: 0, noted: 0 });
	}
}

/** What a test looks at first: requests that went well, that failed, that have a latency, and truncated ones. */
export const summary = ({ ok, failed, measured, counters }: Outcome) => [
	ok,
	failed,
	measured,
	counters.truncated,
];

/** What one connection is taken for, and counts; its records are a millisecond apart. */
function converse(modules: CoreModules, turns: Turn[], options: ConversationOptions = {}): Outcome {
	const { role = OUTBOUND, port = 5432, localPort = 40_000, spans = SPANS } = options;
	const tracker = createTracker(modules, { spans });
	const writer = new RecordWriter();
	const serves = role === INBOUND || (role === FOUND_OPEN && port > localPort);
	writer.connection({ cookie: 9, role, local: ['10.0.0.1', localPort], remote: ['10.0.0.2', port] });
	turns.forEach(([way, payload, captured], i) => {
		const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
		const direction = (way === '>') !== serves ? SEND : RECEIVE;
		writer.data({
			...{ cookie: 9, direction, time: 1e9 + i * 1e6, payload: bytes },
			captured: captured ?? Math.min(bytes.length, 1024),
		});
	});
	if (!options.open) writer.bytes({ cookie: 9, close: true });
	tracker.feed(writer.take());
	const made = spansOf(tracker.takeSpans());
	const rows = rowsOf(tracker.take());
	const counters = tracker.counters();
	const row = rows.find(({ ok, failed, protocol }) => protocol !== 0 && ok + failed > 0) ?? rows.at(-1)!;
	const names = Object.entries(PROTOCOL);
	return {
		ok: row.protocol === 0 ? 0 : row.ok,
		failed: row.protocol === 0 ? 0 : row.failed,
		measured: row.buckets.reduce((sum, count) => sum + count, 0),
		seconds: row.durationSum,
		protocol:
			names.find(([, number]) => rows.some(({ protocol }) => protocol === number && number > 0))?.[0] ??
			'http',
		spans: made,
		counters,
		rows,
	};
}

/** Conversations that begin well and go on with records of which half are damaged, one connection each; returns the counters at their end. */
function converseMutants(
	modules: CoreModules,
	o: { first: Turn; seeds: Turn[]; port: number; random: Random; conversations: number },
): L7Counters {
	const tracker = createTracker(modules, { spans: SPANS });
	for (let cookie = 1; cookie <= o.conversations; cookie++) {
		const writer = new RecordWriter();
		writer.connection({ cookie, role: OUTBOUND, remote: ['10.0.0.2', o.port] });
		const turns = Array.from({ length: 10 }, (): Turn => {
			const [way, payload] = o.seeds[o.random.below(o.seeds.length)]!;
			const whole = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
			const bytes = o.random.below(2) ? mutate(whole, o.random) : whole;
			const captured = o.random.below(4) ? bytes.length : o.random.below(bytes.length + 1);
			return [o.random.below(16) ? way : way === '>' ? '<' : '>', bytes.length ? bytes : '\n', captured];
		});
		[o.first, ...turns].forEach(([way, payload, captured = payload.length], i) => {
			writer.data({ cookie, direction: way === '>' ? SEND : RECEIVE, time: 1e9 + i, payload, captured });
		});
		writer.bytes({ cookie, close: true });
		tracker.feed(writer.take());
		spansOf(tracker.takeSpans());
	}
	return tracker.counters();
}
