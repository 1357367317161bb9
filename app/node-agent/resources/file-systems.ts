/** What is mounted, as the agent can look at it. Adapter: hosts/node/procfs. Nothing throws. */
export interface FileSystems {
	/** Bytes of the file system at `path` as process `pid` sees it; undefined where nothing answers. */
	size(pid: number, path: string): FileSystemSize | undefined;
	isDirectory(pid: number, path: string): boolean;
	/** `major:minor` of the file system that holds a path of the node. */
	deviceOf(path: string): string | undefined;
}

export interface FileSystemSize {
	total: number;
	used: number;
	/** Free, but only for root. */
	reserved: number;
}
