/**
 * Files of the node itself, by absolute path, whatever mount namespace the agent runs in
 * (/etc/machine-id, /run/runc/NAME/state.json). Adapter: hosts/node/procfs.
 */
export interface HostFiles {
	/** Text of the file; undefined when it is absent or not readable. */
	read(path: string): string | undefined;
}
