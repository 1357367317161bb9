import type { Clock } from '../../clock.ts';
import { gridOf } from '../../promql/time-grid.ts';
import type { SeriesSource } from './metric-rows.ts';
import type { World } from './world.ts';
import { buildWorld } from './world-builder.ts';

export interface ModelSource extends SeriesSource {
	/** Changes when samples come. */
	readonly revision: number;
}

interface Entry {
	world: Promise<World>;
	builtAt: number;
	revision: number;
	/** How long building took, ms. */
	cost: number;
}

/** Ranges kept; the one asked for least recently goes first. */
const MAX_ENTRIES = 16;
/** A model is not built again sooner than this, ms, or this many times its own cost. */
const MIN_AGE_MS = 1000;
const COST_FACTOR = 5;

/** Models by range, shared by all requests; one is built again when samples have come, or its step has passed. */
export class ModelCache {
	readonly #source: ModelSource;
	readonly #cluster: string;
	readonly #clock: Clock;
	readonly #entries = new Map<string, Entry>();
	builds = 0;
	hits = 0;
	errors = 0;

	constructor(o: { source: ModelSource; cluster: string; clock: Clock }) {
		this.#source = o.source;
		this.#cluster = o.cluster;
		this.#clock = o.clock;
	}

	get(from: number, to: number): Promise<World> {
		const grid = gridOf(from, to);
		const key = `${grid.from} ${grid.to}`;
		const now = this.#clock.now();
		const held = this.#entries.get(key);
		this.#entries.delete(key);
		if (held) {
			const age = now - held.builtAt;
			const fresh = held.revision === this.#source.revision ? grid.step : 0;
			if (age < Math.max(MIN_AGE_MS, held.cost * COST_FACTOR, fresh)) {
				this.hits++;
				this.#entries.set(key, held);
				return held.world;
			}
		}
		this.builds++;
		const entry: Entry = {
			world: buildWorld(this.#source, grid, this.#cluster),
			builtAt: now,
			revision: this.#source.revision,
			cost: 0,
		};
		this.#entries.set(key, entry);
		if (this.#entries.size > MAX_ENTRIES) this.#entries.delete(this.#entries.keys().next().value!);
		entry.world.then(
			() => {
				entry.cost = this.#clock.now() - now;
			},
			() => {
				this.errors++;
				if (this.#entries.get(key) === entry) this.#entries.delete(key);
			},
		);
		return entry.world;
	}

	get size(): number {
		return this.#entries.size;
	}

	get fill(): number {
		return this.#entries.size / MAX_ENTRIES;
	}
}
