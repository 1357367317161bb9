/** All containers of the node, living and lately dead, by id. */

import type { Labels } from '../../exposition/labels.ts';
import { Container, containerLabels } from './container.ts';
import type { Identity } from './identity.ts';

/** How long a dead container keeps reporting. */
export const DEAD_CONTAINER_MS = 10 * 60_000;

export class ContainerRegistry {
	/** Containers refused because the registry was full. */
	overflow = 0;
	readonly #containers = new Map<string, Container>();
	readonly #max: number;

	/** At most `max` containers; at the bound new ones are refused and counted. */
	constructor(max = 4096) {
		this.#max = max;
	}

	/** 0 empty to 1 full. */
	get fill(): number {
		return this.#containers.size / this.#max;
	}

	get(id: string): Container | undefined {
		return this.#containers.get(id);
	}

	/** The container of this identity; restarts merge under one id. Undefined at the bound. */
	ensure(identity: Identity, nodeLabels: Labels, now: number): Container | undefined {
		const known = this.#containers.get(identity.id);
		if (known !== undefined) {
			if (identity.image !== '') known.image = identity.image;
			if (identity.cgroups !== undefined) known.cgroups = identity.cgroups;
			return known;
		}
		if (this.#containers.size >= this.#max) {
			this.overflow++;
			return undefined;
		}
		const container = new Container(identity, containerLabels(nodeLabels, identity.id), now);
		this.#containers.set(identity.id, container);
		return container;
	}

	/** Forgets containers that have been dead for long; returns them. */
	sweep(now: number): Container[] {
		const gone: Container[] = [];
		for (const container of this.#containers.values()) {
			if (container.diedAt !== undefined && now - container.diedAt > DEAD_CONTAINER_MS) {
				this.#containers.delete(container.id);
				gone.push(container);
			}
		}
		return gone;
	}

	[Symbol.iterator](): IterableIterator<Container> {
		return this.#containers.values();
	}
}
