import type { Engine } from './engine.ts';
import { migrate } from './migrate.ts';

/** The tables of one project: made, or brought to this version, when they are first needed. */
export class Tables {
	readonly database: string;
	readonly #engine: Engine;
	#made: Promise<void> | null = null;
	#isReady = false;
	/** Why they could not be made. */
	failure: string | null = null;

	constructor(engine: Engine, database: string) {
		this.#engine = engine;
		this.database = database;
	}

	/** Rejects as `migrate` does; the next call tries again. */
	ready(): Promise<void> {
		this.#made ??= migrate(this.#engine, this.database).then(
			() => {
				this.#isReady = true;
				this.failure = null;
			},
			(error: unknown) => {
				this.#made = null;
				this.failure = error instanceof Error ? error.message : String(error);
				throw error;
			},
		);
		return this.#made;
	}

	get isReady(): boolean {
		return this.#isReady;
	}

	/** Says that a table was missing. */
	forget(): void {
		this.#made = null;
		this.#isReady = false;
	}
}
