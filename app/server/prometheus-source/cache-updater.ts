import type { Clock } from '../../clock.ts';
import type { Logger } from '../../logging/logger.ts';
import { ServerError } from '../errors.ts';
import type { IngestResult } from '../ingest/metric-ingest.ts';
import type { SettingsStore } from '../settings.ts';
import { addTo, type StageStats } from '../stage.ts';
import { GroupStates } from './group-states.ts';
import { type LossyStore, LostRefill } from './lost-refill.ts';
import { NameGroup, type Pull, type TimeRange } from './name-group.ts';
import type { PrometheusSource } from './prometheus-source.ts';
import { cannotBeDivided } from './source-failures.ts';
import { type SourceStatus, statusOf } from './source-status.ts';

export interface CacheUpdaterOptions {
	source: Pick<PrometheusSource, 'kind' | 'overlapMs' | 'probe' | 'names' | 'now' | 'read' | 'half'>;
	/** Address of the source, without a password: names it in the state and in messages. */
	address: string;
	/** Takes an uncompressed prometheus.WriteRequest; resolves when it is durable. */
	write(body: Uint8Array): Promise<Pick<IngestResult, 'written' | 'rejected'>>;
	settings: SettingsStore;
	project: string;
	clock: Clock;
	/** 0 <= random < 1, for jitter. */
	random(): number;
	log: Logger;
	/** How often a group asks for what is new, ms; default 30 000. */
	intervalMs?: number;
	/** How far back the past is copied, ms; default 15 days. */
	retentionMs?: number;
	/** What it lost is copied once more. */
	store?: LossyStore;
}

/** Pulls at the same time, and those among them that may be of groups that failed last time. */
const WORKERS = 4;
const FAILING_WORKERS = 1;
/** Names in one group at first; metrics of one family have neighbouring names. */
const NAMES_PER_GROUP = 64;
/** Names beyond it are not copied, and counted. */
const MAX_NAMES = 100_000;
/** Groups with room for more names, beyond which new names join them. */
const MAX_SMALL_GROUPS = 16;
/** Groups are not split beyond it. */
const MAX_GROUPS = 8_192;
/** Groups that the series of one name are divided into. */
const MAX_PARTS = 64;
/** How often the source is asked for its names, and how far back. */
const LIST_MS = 60_000;
const LIST_BACK_MS = 3_600_000;
/** After a source was away its writers deliver late: what came in that time is copied once more after this long. */
const LATE_MS = 10 * 60_000;
const TICK_MS = 1_000;
/** How exactly the clock of the source is known. */
const CLOCK_GRAIN_MS = 5_000;
const INTERVAL_MS = 30_000;
const DAY_MS = 24 * 3_600_000;

/**
 * Copies raw samples of a Prometheus-compatible source into the metric spool, by groups of metric names: each group has
 * watermarks, failures and pauses of its own. A watermark is saved once its samples are durable; what is copied twice is
 * one sample in the store. Past samples come newest first.
 */
export class CacheUpdater {
	readonly #o: CacheUpdaterOptions;
	readonly #states: GroupStates;
	readonly #refill: LostRefill | null;
	#groups: NameGroup[] = [];
	readonly #names = new Set<string>();
	#listedAt: number | null = null;
	#nextListAt = 0;
	#listFailures = 0;
	#sourceError: string | null = null;
	/** When a pull was copied last, by our clock. */
	#copiedAt = 0;
	#nextId = 1;
	readonly #stopping = new AbortController();
	readonly #running = new Set<Promise<void>>();
	#loop: Promise<void> | null = null;
	#stats = { received: 0, sent: 0, errors: 0 };
	readonly #dropped: Record<string, number> = {};

	constructor(o: CacheUpdaterOptions) {
		this.#o = o;
		this.#states = new GroupStates(o.settings, o.project, o.address);
		this.#refill = o.store ? new LostRefill(o.store) : null;
	}

	async start(): Promise<void> {
		if (this.#loop) throw new Error('BUG: the updater was started twice');
		const { groups, listedAt } = await this.#states.load();
		this.#groups = groups.map((state) => new NameGroup(state));
		this.#listedAt = listedAt;
		for (const { state } of this.#groups) {
			for (const name of state.names) this.#names.add(name);
			this.#nextId = Math.max(this.#nextId, state.id + 1);
		}
		this.#loop = this.#run();
	}

	/** Gives up the pulls of now; their groups go on from their watermarks after the next start. */
	async stop(): Promise<void> {
		this.#stopping.abort();
		await this.#loop;
		await Promise.all(this.#running);
	}

	/** Copies a range once more for every group, for example because our store lost it. */
	async pullAgain(range: TimeRange): Promise<void> {
		for (const group of this.#groups) {
			group.pullAgain(range, 0);
			await this.#states.save(group.state);
		}
	}

	async #refillLost(): Promise<void> {
		this.#refill?.settle(({ from, to }) =>
			this.#groups.every(({ state }) => state.again.every((each) => each.to <= from || each.from >= to)),
		);
		for (const range of this.#refill?.fresh(this.#floor()) ?? []) await this.pullAgain(range);
	}

	status(): SourceStatus {
		return statusOf({
			address: this.#o.address,
			kind: this.#o.source.kind,
			error: this.#sourceError,
			now: this.#now(),
			floor: this.#floor(),
			groups: this.#groups,
		});
	}

	stats(): StageStats {
		return {
			...this.#stats,
			dropped: { ...this.#dropped },
			fill: Math.max(this.#names.size / MAX_NAMES, this.#groups.length / MAX_GROUPS),
		};
	}

	/** By the source's clock: ours may jump. */
	#now(): number {
		return this.#o.source.now();
	}

	#floor(): number {
		return Math.max(0, this.#now() - (this.#o.retentionMs ?? 15 * DAY_MS));
	}

	async #run(): Promise<void> {
		const signal = this.#stopping.signal;
		while (!signal.aborted) {
			const now = this.#o.clock.now();
			// A clock that went back must not make a pause longer than it can be.
			if (this.#nextListAt - now > LIST_MS) this.#nextListAt = now;
			if (now >= this.#nextListAt) await this.#list();
			if (this.#o.source.kind) this.#startPulls();
			await this.#o.clock.sleep(TICK_MS, signal);
		}
	}

	/** Finds out how the source is read, what its clock shows, and which names are new. */
	async #list(): Promise<void> {
		const { source, clock, log, random } = this.#o;
		const signal = this.#stopping.signal;
		try {
			if (!source.kind) {
				const kind = await source.probe(signal);
				log.info('the metric source answers', { source: this.#o.address, kind });
			}
			const now = this.#now();
			const from = this.#listedAt === null ? this.#floor() : Math.min(this.#listedAt, now) - LIST_BACK_MS;
			await this.#join(await source.names(Math.max(from, 0), now, signal), now);
			this.#listedAt = now;
			await this.#refillLost();
			await this.#states.saveList(this.#ids(), this.#listedAt);
			this.#nextListAt = clock.now() + LIST_MS;
			this.#listFailures = 0;
			this.#sourceError = null;
		} catch (e) {
			if (signal.aborted) return;
			this.#stats.errors++;
			const pause = Math.min(LIST_MS, TICK_MS * 2 ** Math.min(this.#listFailures++, 10));
			this.#nextListAt = clock.now() + pause / 2 + (random() * pause) / 2;
			this.#sourceError = e instanceof Error ? e.message : String(e);
			log.warn('the metric source cannot be listed, trying again', { error: this.#sourceError });
		}
	}

	/** New names come in groups of their own: they have a past that others have copied already. */
	async #join(names: string[], now: number): Promise<void> {
		let fresh = names.filter((name) => !this.#names.has(name));
		const room = MAX_NAMES - this.#names.size;
		if (fresh.length > room) {
			addTo(this.#dropped, 'too many names', fresh.length - room);
			fresh = fresh.slice(0, room);
		}
		for (let at = 0; at < fresh.length; at += NAMES_PER_GROUP) {
			const some = fresh.slice(at, at + NAMES_PER_GROUP);
			for (const name of some) this.#names.add(name);
			const partner = this.#partner(some.length);
			if (partner) {
				// The past that the others have is read once more, for the few.
				partner.state.names.push(...some);
				partner.state.downTo = partner.state.upTo;
				await this.#states.save(partner.state);
				continue;
			}
			const group = NameGroup.begin(this.#nextId++, some, now);
			await this.#states.save(group.state);
			this.#groups.push(group);
		}
	}

	/** Few names at a time must not make many small groups: from a number on, they join one that has room. */
	#partner(names: number): NameGroup | undefined {
		const small = this.#groups.filter(
			({ state }) => !state.matchers && state.names.length + names <= NAMES_PER_GROUP,
		);
		if (this.#groups.length < MAX_GROUPS && small.length < MAX_SMALL_GROUPS) return undefined;
		return small
			.filter(({ busy, failures }) => !busy && failures === 0)
			.sort((a, b) => a.state.names.length - b.state.names.length)[0];
	}

	#ids(): number[] {
		return this.#groups.map(({ state }) => state.id);
	}

	/** Fills the workers: what is new before what is old, and few of those that failed. */
	#startPulls(): void {
		const ourNow = this.#o.clock.now();
		const overlap = this.#o.source.overlapMs;
		const { intervalMs = INTERVAL_MS } = this.#o;
		const due: { group: NameGroup; pull: Pull }[] = [];
		for (const group of this.#groups) {
			if (group.busy) continue;
			if (group.nextTryAt - ourNow > LIST_MS) group.nextTryAt = ourNow;
			if (group.nextTryAt > ourNow) continue;
			if (group.notDueBefore - this.#now() > intervalMs) group.notDueBefore = 0;
			const pull = group.next(this.#now(), this.#floor(), overlap);
			if (pull) due.push({ group, pull });
		}
		const rank = { forward: 0, again: 1, back: 2 };
		// Of two of a kind, the one that is further behind.
		due.sort(
			(a, b) => rank[a.pull.kind] - rank[b.pull.kind] || behind(b.group, b.pull) - behind(a.group, a.pull),
		);
		for (const { group, pull } of due) {
			if (this.#running.size >= WORKERS) return;
			if (group.failures > 0 && this.#failing() >= FAILING_WORKERS) continue;
			group.busy = true;
			const running = this.#pull(group, pull).finally(() => {
				group.busy = false;
				this.#running.delete(running);
				if (!this.#stopping.signal.aborted) this.#startPulls();
			});
			this.#running.add(running);
		}
	}

	#failing(): number {
		let n = 0;
		for (const { busy, failures } of this.#groups) if (busy && failures > 0) n++;
		return n;
	}

	async #pull(group: NameGroup, pull: Pull): Promise<void> {
		const { source, clock, intervalMs = INTERVAL_MS } = this.#o;
		const begun = this.#now();
		try {
			const body = await source.read(group.state, pull.from, pull.readTo, this.#stopping.signal);
			// The answer tells the source's clock. Ours may have jumped ahead: nothing beyond theirs is copied.
			const now = this.#now();
			// Our clock went back since the answer told theirs: what is new would be refused as being ahead.
			if (now < begun - CLOCK_GRAIN_MS) return;
			const { written, rejected } = await this.#o.write(body);
			this.#stats.sent += written;
			let samples = written;
			for (const [reason, n] of Object.entries(rejected)) {
				addTo(this.#dropped, reason, n);
				samples += n;
			}
			this.#stats.received += samples;
			this.#copiedAt = clock.now();
			this.#recovered(group);
			group.copied(pull, samples, now);
			if (pull.kind === 'forward' && group.state.upTo >= Math.min(now, pull.to) && pull.to + 1_000 >= now)
				group.notDueBefore = group.state.upTo + intervalMs;
			await this.#states.save(group.state);
		} catch (e) {
			if (this.#stopping.signal.aborted) return;
			this.#stats.errors++;
			let message = e instanceof Error ? e.message : String(e);
			const code = e instanceof ServerError ? e.code : '';
			if (code === 'CXR_SOURCE_TOO_MUCH' || code === 'CXR_INGEST_TOO_LARGE') {
				try {
					if (await this.#askLess(group, pull)) return;
				} catch (error) {
					// It is its labels that cannot be asked for.
					message = error instanceof Error ? error.message : String(error);
				}
				if (this.#stopping.signal.aborted) return;
				if (group.state.names.length === 1) message = cannotBeDivided(group.state, message);
			} else if (code === 'CXR_SOURCE_SLOW') {
				// Where others are answered, it is the question that is too big; else the source hangs.
				if (group.failingSince !== null && this.#copiedAt > group.failingSince)
					await this.#askLess(group, pull).catch(() => {});
				else group.shorten(pull);
			}
			group.failed(message, clock.now(), this.#o.random());
			this.#o.log.warn('metrics cannot be copied, trying again', {
				group: group.state.id,
				names: group.state.names.length,
				first: group.state.names[0],
				failures: group.failures,
				error: message,
			});
		}
	}

	/** Less time, then fewer names, then a part of the series of one; false when it cannot be less. */
	async #askLess(group: NameGroup, pull: Pull): Promise<boolean> {
		if (group.shorten(pull)) return true;
		if (this.#groups.length >= MAX_GROUPS) return false;
		const id = this.#nextId++;
		const other = group.split(id) ?? (await this.#divide(group, pull, id));
		if (!other) return false;
		try {
			// The new group first: a name in two groups is copied twice, a name in none is lost.
			await this.#states.save(other.state);
			this.#groups.push(other);
			await this.#states.saveList(this.#ids(), this.#listedAt);
			await this.#states.save(group.state);
		} catch (e) {
			this.#o.log.error('the state of the metric source cannot be saved', { error: String(e) });
		}
		return true;
	}

	async #divide(group: NameGroup, pull: Pull, id: number): Promise<NameGroup | null> {
		const [name] = group.state.names;
		const parts = this.#groups.filter(({ state }) => state.matchers && state.names[0] === name);
		if (parts.length >= MAX_PARTS) return null;
		const half = await this.#o.source.half(group.state, pull.from, pull.readTo, this.#stopping.signal);
		return half && group.divide(id, half);
	}

	/** The source's writers deliver late what they could not while it was away. */
	#recovered(group: NameGroup): void {
		if (group.failingSince === null) return;
		const from = group.failingSince + (this.#now() - this.#o.clock.now()) - LATE_MS;
		group.failingSince = null;
		const now = this.#now();
		group.pullAgain({ from: Math.max(0, Math.min(from, now)), to: now }, now + LATE_MS);
	}
}

function behind({ state }: NameGroup, pull: Pull): number {
	return pull.kind === 'back' ? state.downTo : -state.upTo;
}
