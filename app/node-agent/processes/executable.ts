/** Names of executables, as container ids of processes that run outside any container. */

/** Executables of several names, of which the link shows the wrong one. */
const KNOWN_AS: Readonly<Record<string, string>> = {
	'redis-check-rdb': 'redis-server',
	'redis-check-aof': 'redis-server',
	'valkey-check-rdb': 'valkey-server',
	'valkey-check-aof': 'valkey-server',
};

/** Base name of the link /proc/PID/exe, without what the kernel appends when the file is gone. */
export function executableName(link: string | undefined): string | undefined {
	if (link === undefined) return undefined;
	const path = link.endsWith(' (deleted)') ? link.slice(0, -' (deleted)'.length) : link;
	const name = path.slice(path.lastIndexOf('/') + 1);
	return name === '' ? undefined : (KNOWN_AS[name] ?? name);
}

/** The kernel keeps this many bytes of a task's name. */
const COMM_BYTES = 15;

/**
 * The executable behind a task name: what a live process showed for the same name before. Lets a process
 * that is already gone keep its full name, also where a link leads elsewhere (python3 -> python3.11).
 */
export class ExecutableNames {
	readonly #byComm = new Map<string, string>();
	readonly #max: number;

	/** At most `max` names; at the bound the oldest goes. */
	constructor(max = 4096) {
		this.#max = max;
	}

	learn(comm: string, executable: string): void {
		if (comm === '' || this.#byComm.get(comm) === executable) return;
		this.#byComm.delete(comm);
		if (this.#byComm.size >= this.#max) this.#byComm.delete(this.#byComm.keys().next().value!);
		this.#byComm.set(comm, executable);
	}

	/** Undefined when the name may be cut and was never seen whole. */
	guess(comm: string): string | undefined {
		const known = this.#byComm.get(comm);
		if (known !== undefined) return known;
		return comm !== '' && Buffer.byteLength(comm) < COMM_BYTES ? comm : undefined;
	}
}
