/** How long processes waited for what they need. Adapter: hosts/node/procfs. */
export interface TaskDelays {
	/**
	 * Two numbers for each process, over all its threads: ns in which it could run and waited for a CPU, and ns in which it
	 * waited for disks; NaN where the process is gone.
	 */
	read(pids: Uint32Array): Float64Array;
}
