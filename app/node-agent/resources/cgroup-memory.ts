/** Memory of a cgroup and all below it. Files: https://docs.kernel.org/admin-guide/cgroup-v2.html#memory, cgroup-v1/memory. */

import type { CgroupDir, CgroupFiles } from './cgroup-files.ts';
import { keyedNumber, wholeNumber } from './kernel-text.ts';

/** Bytes. */
export interface CgroupMemory {
	/** Anonymous memory and mapped files. */
	rss: number | undefined;
	cache: number | undefined;
	/** Undefined without a limit. */
	limit: number | undefined;
	/** Processes that the out-of-memory killer ended. */
	oomKills: number | undefined;
}

/** v1 writes "none" as the largest number of pages that there can be. */
const NO_LIMIT = 2 ** 62;

export function readMemory(files: CgroupFiles, { version, path }: CgroupDir): CgroupMemory {
	const stat = files.read(`${path}/memory.stat`);
	const of = (key: string) => keyedNumber(stat, key);
	if (version === 2) {
		return {
			rss: sum(of('anon'), of('file_mapped')),
			cache: of('file'),
			limit: wholeNumber(files.read(`${path}/memory.max`)),
			oomKills: keyedNumber(files.read(`${path}/memory.events`), 'oom_kill'),
		};
	}
	const limit = wholeNumber(files.read(`${path}/memory.limit_in_bytes`));
	return {
		rss: sum(of('total_rss'), of('total_mapped_file')),
		cache: of('total_cache'),
		limit: limit !== undefined && limit > NO_LIMIT ? undefined : limit,
		oomKills: keyedNumber(files.read(`${path}/memory.oom_control`), 'oom_kill'),
	};
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
	return a === undefined || b === undefined ? undefined : a + b;
}
