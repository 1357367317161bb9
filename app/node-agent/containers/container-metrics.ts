/** What is said of a container as such. */

import { DerivedLabels } from '../../exposition/derived-labels.ts';
import { counter, gauge, type Snapshot } from '../../exposition/snapshot.ts';
import type { Container } from './container.ts';

const INFO = gauge('container_info', 'The container, its image and what systemd says of it.');
const RESTARTS = counter('container_restarts_total', 'How often the container was started again.');
const APPLICATION_TYPE = gauge('container_application_type', 'Kinds of programs that run in the container.');

export class ContainerMetrics {
	readonly #derived = new DerivedLabels();

	collect(snapshot: Snapshot, container: Container): void {
		const info = this.#derived.of(
			container.labels,
			['image', container.image],
			['systemd_triggered_by', ''],
			['systemd_type', ''],
		);
		snapshot.add(INFO, info, 1);
		// Programs of the host come and go all the time; that is no restart.
		if (container.kind !== 'host') {
			container.countRestarts();
			snapshot.add(RESTARTS, container.labels, container.restarts);
		}
		for (const type of container.applicationTypes) {
			snapshot.add(APPLICATION_TYPE, this.#derived.of(container.labels, ['application_type', type]), 1);
		}
	}
}
