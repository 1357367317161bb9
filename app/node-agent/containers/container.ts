/** A container, or what stands for one: a systemd unit, an executable of the host. */

import type { Labels } from '../../exposition/labels.ts';
import type { OptOut } from '../processes/opt-outs.ts';
import { OomKills } from '../resources/oom-kills.ts';
import type { CgroupPaths } from './cgroup-file.ts';
import type { CgroupKind } from './cgroup-kind.ts';

export type ContainerKind = CgroupKind | 'runc' | 'host';

export class Container {
	readonly id: string;
	readonly kind: ContainerKind;
	/** Empty when not known. */
	image: string;
	/** Labels of every series of this container; identity is stable while the container lives. */
	readonly labels: Labels;
	readonly applicationTypes = new Set<string>();
	/** Living processes by pid: their start, ms since the epoch, and what they do not want to be taken. */
	readonly processes = new Map<number, { startedAt: number; optOuts: readonly OptOut[] }>();
	/** How often the oldest living process was followed by a younger one. */
	restarts = 0;
	/** When the last process died; undefined while one lives. */
	diedAt: number | undefined;
	/** Where the kernel accounts for it; the latest where it was started again. Undefined: nowhere as such. */
	cgroups: CgroupPaths | undefined;
	readonly oomKills = new OomKills();
	/** Processes that do not want a signal to be taken: asked for each batch, however many processes there are. */
	readonly #optOuts = new Map<OptOut, number>();
	readonly #bornAt: { firstStart: number; discoveredAt: number };
	#oldestStart: number | undefined;

	constructor(
		identity: { id: string; kind: ContainerKind; image: string; cgroups?: CgroupPaths },
		labels: Labels,
		now: number,
	) {
		this.id = identity.id;
		this.kind = identity.kind;
		this.image = identity.image;
		this.cgroups = identity.cgroups;
		this.labels = labels;
		this.#bornAt = { firstStart: now, discoveredAt: now };
		this.diedAt = now;
	}

	addProcess(pid: number, startedAt: number, optOuts: readonly OptOut[] = []): void {
		this.#countOptOuts(this.processes.get(pid)?.optOuts, -1);
		this.processes.set(pid, { startedAt, optOuts });
		this.#countOptOuts(optOuts, 1);
		this.#bornAt.firstStart = Math.min(this.#bornAt.firstStart, startedAt);
		this.diedAt = undefined;
	}

	removeProcess(pid: number, now: number): void {
		const process = this.processes.get(pid);
		if (process === undefined) return;
		this.processes.delete(pid);
		this.#countOptOuts(process.optOuts, -1);
		if (this.processes.size === 0) this.diedAt = now;
	}

	#countOptOuts(signals: readonly OptOut[] = [], by: 1 | -1): void {
		for (const signal of signals) this.#optOuts.set(signal, (this.#optOuts.get(signal) ?? 0) + by);
	}

	/**
	 * Whether a signal of this container may not be taken: one process says so for all of a container, but not for other
	 * programs of the host that only have the same executable.
	 */
	optsOut(signal: OptOut): boolean {
		return this.kind !== 'host' && (this.#optOuts.get(signal) ?? 0) > 0;
	}

	/** Ms from its first sign of life to now, or to its death. */
	age(now: number): number {
		return (this.diedAt ?? now) - Math.min(this.#bornAt.firstStart, this.#bornAt.discoveredAt);
	}

	/** Whether it ran before the agent knew of it. */
	get foundRunning(): boolean {
		return this.#bornAt.firstStart < this.#bornAt.discoveredAt;
	}

	/** Looks whether the oldest living process changed since the last look. */
	countRestarts(): void {
		if (this.processes.size === 0) return;
		let oldest = Number.POSITIVE_INFINITY;
		for (const { startedAt } of this.processes.values()) oldest = Math.min(oldest, startedAt);
		if (this.#oldestStart !== undefined && oldest > this.#oldestStart) this.restarts++;
		this.#oldestStart = oldest;
	}
}

/** Labels that the node puts on every series of a container. */
export function containerLabels(node: Labels, id: string): Labels {
	return node.with(['container_id', id], ['app_id', '']);
}
