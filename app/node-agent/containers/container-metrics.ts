/** What is said of a container as such. */

import type { Labels } from '../metrics/labels.ts';
import { counter, gauge, type Snapshot } from '../metrics/snapshot.ts';
import type { Container } from './container.ts';

const INFO = gauge('container_info', 'The container, its image and what systemd says of it.');
const RESTARTS = counter('container_restarts_total', 'How often the container was started again.');
const APPLICATION_TYPE = gauge('container_application_type', 'Kinds of programs that run in the container.');

export class ContainerMetrics {
	/** Derived labels; an entry goes with its container. */
	readonly #labels = new WeakMap<Container, Map<string, Labels>>();

	collect(snapshot: Snapshot, container: Container): void {
		const info = this.#derived(container, `image ${container.image}`, () =>
			container.labels.with(['image', container.image], ['systemd_triggered_by', ''], ['systemd_type', '']),
		);
		snapshot.add(INFO, info, 1);
		// Programs of the host come and go all the time; that is no restart.
		if (container.kind !== 'host') {
			container.countRestarts();
			snapshot.add(RESTARTS, container.labels, container.restarts);
		}
		for (const type of container.applicationTypes) {
			const labels = this.#derived(container, `type ${type}`, () =>
				container.labels.with(['application_type', type]),
			);
			snapshot.add(APPLICATION_TYPE, labels, 1);
		}
	}

	#derived(container: Container, key: string, make: () => Labels): Labels {
		let byKey = this.#labels.get(container);
		if (byKey === undefined) {
			byKey = new Map();
			this.#labels.set(container, byKey);
		}
		let labels = byKey.get(key);
		if (labels === undefined) {
			labels = make();
			byKey.set(key, labels);
		}
		return labels;
	}
}
