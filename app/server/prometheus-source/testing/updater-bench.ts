import { silentLogger } from '../../../logging/logger.ts';
import type { LostData } from '../../metrics/chunk-table.ts';
import { MemorySettings } from '../../testing/memory-settings.ts';
import { CacheUpdater } from '../cache-updater.ts';
import type { LabelMatcher, Selection } from '../selection.ts';

export const NOW = 1_790_000_000_000;
export const STEP = 15_000;
export const HOUR = 3_600_000;
/** Samples further ahead are refused. */
const MAX_AHEAD = HOUR;

/** A source with one series a name, a sample every 15 s, and an updater of it on a clock that the test owns. */
export class UpdaterBench {
	/** The source's clock, and how far ours is ahead. */
	time = NOW;
	ahead = 0;
	/** What the last answer told of that. */
	private learned = 0;
	/** What happens while an answer comes in. */
	onBody: () => void = () => {};
	readonly settings = new MemorySettings();
	/** What the store lost, and what it was told to be there again. */
	lost: LostData[] = [];
	refilled: LostData[] = [];
	readonly copied = new Map<string, Set<number>>();
	/** First sample of each name; a source that forgets raises them. */
	readonly names = new Map<string, number>();
	/** What a read does before it answers. */
	onRead: (names: readonly string[], from: number, to: number, selection: Selection) => Promise<void> | void =
		() => {};
	onWrite: () => void = () => {};
	/** How series of a name are divided. */
	onHalf: (selection: Selection) => Promise<LabelMatcher | null> = async () => null;
	reads: { names: readonly string[]; from: number; to: number }[] = [];
	updater!: CacheUpdater;

	add(count: number, since: number, prefix = 'm'): this {
		for (let i = 0; i < count; i++) this.names.set(`${prefix}_${String(i).padStart(3, '0')}`, since);
		return this;
	}

	async start(): Promise<this> {
		this.updater = new CacheUpdater({
			source: {
				kind: 'remote-read',
				overlapMs: 60_000,
				probe: async () => 'remote-read',
				now: () => this.sourceNow(),
				names: async (from, to) => {
					this.learned = this.ahead;
					return [...this.names].filter(([, since]) => since <= to && from <= to).map(([n]) => n);
				},
				half: (selection) => this.onHalf(selection),
				read: async (selection, from, to) => {
					const { names } = selection;
					await this.onRead(names, from, to, selection);
					this.learned = this.ahead;
					this.onBody();
					this.reads.push({ names: [...names], from, to });
					const last = Math.min(to, this.time);
					const all = names.flatMap((name) => {
						const since = this.names.get(name) ?? Number.POSITIVE_INFINITY;
						const times: number[] = [];
						for (let t = Math.ceil(Math.max(from, since) / STEP) * STEP; t <= last; t += STEP) times.push(t);
						return times.length > 0 ? [[name, times]] : [];
					});
					return new TextEncoder().encode(JSON.stringify(all));
				},
			},
			address: 'http://source:9090',
			write: async (body) => {
				this.onWrite();
				let written = 0;
				let refused = 0;
				for (const [name, times] of JSON.parse(new TextDecoder().decode(body)) as [string, number[]][]) {
					const kept = this.copied.get(name) ?? new Set();
					this.copied.set(name, kept);
					const taken = times.filter((t) => t < this.sourceNow() + MAX_AHEAD);
					for (const t of taken) kept.add(t);
					written += taken.length;
					refused += times.length - taken.length;
				}
				const rejected: Record<string, number> = refused > 0 ? { 'too far ahead': refused } : {};
				return { written, rejected };
			},
			settings: this.settings,
			project: 'p',
			clock: {
				now: () => this.time + this.ahead,
				sleep: (ms) =>
					new Promise((resolve) =>
						setImmediate(() => {
							this.time += ms;
							resolve();
						}),
					),
			},
			random: () => 0.5,
			log: silentLogger,
			retentionMs: 6 * HOUR,
			store: {
				lost: () => this.lost.filter((each) => !this.refilled.includes(each)),
				refilled: (each) => this.refilled.push(each),
			},
		});
		await this.updater.start();
		return this;
	}

	/** As an updater knows it: its own clock, and what it learned of the difference. */
	private sourceNow(): number {
		return this.time + this.ahead - this.learned;
	}

	/** Lets the source's clock go on for `ms`. */
	async pass(ms: number): Promise<void> {
		const end = this.time + ms;
		while (this.time < end) await new Promise((resolve) => setImmediate(resolve));
	}

	/** Samples between two times that the source holds and that are not copied. */
	missing(from: number, to: number): string[] {
		const out: string[] = [];
		for (const [name, since] of this.names)
			for (let t = Math.ceil(Math.max(from, since) / STEP) * STEP; t <= to; t += STEP)
				if (!this.copied.get(name)?.has(t)) out.push(`${name}@${t - NOW}`);
		return out;
	}
}
