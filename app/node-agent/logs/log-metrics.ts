/** Counters of log messages, with the parent system's name and labels. */

import type { LogCounts } from '../../../core-as/facade/index.ts';
import { LOG_LEVELS } from '../../../core-as/facade/index.ts';
import type { Labels } from '../../exposition/labels.ts';
import { counter, type Snapshot } from '../../exposition/snapshot.ts';
import { containerLabels } from '../containers/container.ts';

const MESSAGES = counter('container_log_messages_total', 'Log messages by severity and pattern.');

/** Series of one log; made once, because what is derived from labels is found by their identity. */
export class LogMetrics {
	readonly #base: Labels;
	readonly #labels = new Map<string, Labels>();

	constructor(node: Labels, container: string, source: string) {
		this.#base = containerLabels(node, container).with(['source', source]);
	}

	/** As many series as the log has patterns, which are bounded. */
	collect(snapshot: Snapshot, counts: LogCounts): void {
		counts.levels.forEach((level, i) => {
			const name = LOG_LEVELS[level]!;
			const hash = counts.hashes[i]!;
			const key = `${name} ${hash}`;
			let labels = this.#labels.get(key);
			if (labels === undefined) {
				labels = this.#base.with(['level', name], ['pattern_hash', hash], ['sample', counts.samples[i]!]);
				this.#labels.set(key, labels);
			}
			snapshot.add(MESSAGES, labels, counts.messages[i]!);
		});
	}
}
