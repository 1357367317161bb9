/** /proc/PID/mountinfo: man 5 proc. */

export interface Mount {
	/** `major:minor`; the major is 0 where no block device as such lies below. */
	number: string;
	/** Directory of the file system that is mounted. */
	root: string;
	mountPoint: string;
	readOnly: boolean;
	type: string;
	source: string;
	/** Options of the file system. */
	options: string;
}

/** In the order of mounting. Lines that do not parse are skipped. */
export function parseMounts(text: string): Mount[] {
	const mounts: Mount[] = [];
	for (const line of text.split('\n')) {
		const end = line.indexOf(' - ');
		if (end < 0) continue;
		const [, , number, root, mountPoint, mountOptions] = line.slice(0, end).split(' ');
		const [type, source, options] = line.slice(end + 3).split(' ');
		if (mountOptions === undefined || options === undefined) continue;
		mounts.push({
			number: number!,
			root: unescaped(root!),
			mountPoint: unescaped(mountPoint!),
			readOnly: hasOption(mountOptions, 'ro') || hasOption(options, 'ro'),
			...{ type: type!, source: unescaped(source!), options },
		});
	}
	return mounts;
}

function hasOption(options: string, option: string): boolean {
	return options.split(',').includes(option);
}

/** Blanks and backslashes are written as octal numbers. */
function unescaped(text: string): string {
	return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
