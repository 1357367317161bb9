/** Whose a process is, for one signal. */
export interface ProcessOwners {
	/** Id of the container that a process belongs to; undefined: none, or this signal of it is not to be reported. */
	containerOf: (pid: number, cgroup: bigint) => string | undefined;
	/** Resolves, within seconds, when every container that is known now has its id. To await before one asks of a new one. */
	named: () => Promise<void>;
}
