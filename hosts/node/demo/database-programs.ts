/** Finds programs of databases on this machine: those that set-up unpacked, then those that are installed. */

import { existsSync, globSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { unpackedFolder } from '../../../setup/debian-packages.mjs';
import { rootDir } from '../commands/paths.ts';

export interface DatabasePrograms {
	/** Full path of a program, undefined where it is not to be found. */
	find(name: string): string | undefined;
	/** Environment in which they find their libraries. */
	env: NodeJS.ProcessEnv;
}

export function findDatabasePrograms(): DatabasePrograms {
	const unpacked = unpackedFolder(rootDir, 'databases');
	const folders = [
		...globSync(join(unpacked, 'usr/lib/postgresql/*/bin')),
		join(unpacked, 'usr/bin'),
		...globSync('/usr/lib/postgresql/*/bin'),
		...(process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== ''),
	];
	const libraries = join(unpacked, 'usr/lib');
	const own = existsSync(libraries)
		? readdirSync(libraries)
				.filter((name) => name.includes('-linux-'))
				.map((name) => join(libraries, name))
		: [];
	const path = [...own, process.env.LD_LIBRARY_PATH].filter((each) => each).join(':');
	return {
		find: (name) => folders.map((folder) => join(folder, name)).find((file) => existsSync(file)),
		env: { ...process.env, ...(path && { LD_LIBRARY_PATH: path }), LC_ALL: 'C' },
	};
}
