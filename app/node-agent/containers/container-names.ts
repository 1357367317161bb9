/**
 * Asks runtimes once for each container what it is called. Nobody waits for them where events come in: a container
 * has no name until the answer is there or the time is over, and then keeps the id that it got.
 */

import type { Clock } from '../../clock.ts';
import type { Logger } from '../../logging/logger.ts';
import type { StageNumbers } from '../self-metrics.ts';
import { containerId, idByDigits } from './container-id.ts';
import type { ContainerMetadata, ContainerRuntime } from './container-runtime.ts';
import type { Identity } from './identity.ts';

/** How long runtimes may take with one container, all attempts included. */
const NAMING_MS = 2_000;
/** Pauses before a runtime that could not be asked is asked again. */
const RETRY_MS = [100, 400, 1_000];

/** What one container is called; undefined while its runtimes are asked. */
interface Entry {
	name: { id: string; image: string } | undefined;
	answer: Promise<void>;
}

export interface ContainerNamesOptions {
	/** In the order in which they are asked. */
	runtimes: readonly ContainerRuntime[];
	clock: Clock;
	log: Logger;
	/** Containers remembered; the first that has its answer goes; with none, the new one keeps its digits. */
	max?: number;
}

export class ContainerNames {
	/** Called when a container got its id. */
	onNamed: (rawId: string) => void = () => {};
	readonly #options: ContainerNamesOptions;
	readonly #max: number;
	readonly #entries = new Map<string, Entry>();
	readonly #waiting = new Set<Promise<void>>();
	#asked = 0;
	#named = 0;
	#unknown = 0;
	#unanswered = 0;
	#errors = 0;

	constructor(options: ContainerNamesOptions) {
		this.#options = options;
		this.#max = options.max ?? 8192;
	}

	/** The identity with the container's final id and image, or marked as pending; 'ignored': not to be looked at. */
	of(identity: Identity): Identity | 'ignored' {
		const { rawId } = identity;
		if (rawId === undefined) return identity;
		const entry = this.#entries.get(rawId) ?? this.#begin(identity, rawId);
		if (entry === undefined) return identity;
		if (entry.name === undefined) return { ...identity, pending: true };
		if (entry.name.id === 'ignored') return 'ignored';
		return { ...identity, ...entry.name, pending: false };
	}

	/** Id of a container that was asked for; undefined: not known here, not answered yet, or ignored. */
	idOf(rawId: string): string | undefined {
		const id = this.#entries.get(rawId)?.name?.id;
		return id === 'ignored' ? undefined : id;
	}

	/** Resolves when all that are asked for now have their id: after two seconds at the latest. */
	async settled(): Promise<void> {
		await Promise.all(this.#waiting);
	}

	stats(): StageNumbers {
		return {
			stage: 'container_names',
			received: this.#asked,
			sent: this.#named,
			dropped: { unknown: this.#unknown, unanswered: this.#unanswered },
			errors: this.#errors,
			fill: this.#entries.size / this.#max,
		};
	}

	#begin(identity: Identity, rawId: string): Entry | undefined {
		const runtimes = this.#options.runtimes.filter(({ kinds }) =>
			kinds.some((kind) => kind === identity.kind),
		);
		if (runtimes.length === 0) return undefined;
		if (this.#entries.size >= this.#max && !this.#forgetOne()) return undefined;
		this.#asked++;
		const entry: Entry = { name: undefined, answer: Promise.resolve() };
		entry.answer = this.#name(entry, identity, rawId, runtimes).finally(() =>
			this.#waiting.delete(entry.answer),
		);
		this.#entries.set(rawId, entry);
		this.#waiting.add(entry.answer);
		return entry;
	}

	/** Somebody waits for those without an answer. */
	#forgetOne(): boolean {
		for (const [rawId, { name }] of this.#entries) if (name !== undefined) return this.#entries.delete(rawId);
		return false;
	}

	async #name(
		entry: Entry,
		{ kind, image }: Identity,
		rawId: string,
		runtimes: ContainerRuntime[],
	): Promise<void> {
		const { clock } = this.#options;
		const over = new AbortController();
		const late = clock.sleep(NAMING_MS, over.signal).then(() => 'late' as const);
		const answer = await Promise.race([this.#ask(rawId, runtimes, over.signal), late]);
		over.abort();
		if (answer === 'late') this.#unanswered++;
		else if (answer === undefined) this.#unknown++;
		else this.#named++;
		entry.name =
			answer === 'late' || answer === undefined
				? { id: idByDigits(kind, rawId), image }
				: { id: containerId(kind, rawId, answer, clock.now()), image: answer.image || image };
		this.onNamed(rawId);
	}

	/** Asks one after the other, and again where one could not be asked. */
	async #ask(
		rawId: string,
		runtimes: ContainerRuntime[],
		signal: AbortSignal,
	): Promise<ContainerMetadata | 'late' | undefined> {
		const { clock, log } = this.#options;
		for (const pause of [...RETRY_MS, 0]) {
			let failed = false;
			for (const runtime of runtimes) {
				try {
					const answer = await runtime.inspect(rawId, signal);
					if (answer !== undefined) return answer;
				} catch (error) {
					if (signal.aborted) return 'late';
					failed = true;
					this.#errors++;
					// The first few say what is wrong; the stage's numbers count the rest.
					if (this.#errors <= 5)
						log.warn('a runtime does not say what a container is called', { runtime: runtime.name, error });
				}
			}
			if (!failed) return undefined;
			if (pause > 0) await clock.sleep(pause, signal);
		}
		return 'late';
	}
}
