/**
 * ClickHouse notes the token of an insert in the table's deduplication log first and renames the part into place after
 * that. When it is killed between the two, the note stands for rows that are not there, and the repeat of the insert is
 * taken for a duplicate. So before an engine starts, notes whose part is gone are taken out. That is right whatever
 * became of the part: an insert without rows may be repeated.
 *
 * Source: src/Storages/MergeTree/MergeTreeDeduplicationLog.cpp (a line is `operation \t part \t token`, 1 adds) and the
 * order of system calls of the pinned engine.
 */
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LOGS = 'deduplication_logs';
const ADD = '1';
/** `partition_firstBlock_lastBlock_level`, with the version of a mutation behind it. */
const PART = /^(.+)_(\d+)_(\d+)_\d+(?:_\d+)?$/;

/** Blocks of a partition, the ends included. */
interface Part {
	partition: string;
	first: number;
	last: number;
}

function parsePart(name: string): Part | undefined {
	const match = PART.exec(name);
	return match ? { partition: match[1]!, first: Number(match[2]), last: Number(match[3]) } : undefined;
}

/** `data` is the folder that the engine works in, and no engine does now. Returns how many notes were taken out. */
export function repairDeduplicationLogs(data: string): number {
	let removed = 0;
	for (const prefix of foldersOf(join(data, 'store')))
		for (const table of foldersOf(prefix)) if (existsSync(join(table, LOGS))) removed += repairTable(table);
	return removed;
}

function repairTable(table: string): number {
	// What a merge made covers the blocks that it was made of. A name that is being written begins with another word.
	const parts = new Map<string, Part[]>();
	for (const name of readdirSync(table)) {
		const part = /^(tmp|delete_tmp)_/.test(name) ? undefined : parsePart(name);
		if (!part) continue;
		const others = parts.get(part.partition);
		if (others) others.push(part);
		else parts.set(part.partition, [part]);
	}
	const isThere = (name: string) => {
		const noted = parsePart(name);
		if (!noted) return true;
		const { first, last } = noted;
		return (parts.get(noted.partition) ?? []).some((part) => part.first <= first && last <= part.last);
	};
	let removed = 0;
	for (const name of readdirSync(join(table, LOGS))) {
		if (!/^deduplication_log_\d+\.txt$/.test(name)) continue;
		const file = join(table, LOGS, name);
		const lines = readFileSync(file, 'utf8').split('\n');
		// Behind the last line end: nothing, or a note that was cut.
		const cut = lines.pop() === '' ? 0 : 1;
		const kept = lines.filter((line) => {
			const [operation, part = ''] = line.split('\t');
			return operation !== ADD || isThere(part);
		});
		if (kept.length === lines.length && cut === 0) continue;
		removed += lines.length - kept.length + cut;
		// Under a name that the engine reads no number from.
		const fresh = join(table, `${name}.new`);
		writeFileSync(fresh, kept.map((line) => `${line}\n`).join(''), { mode: 0o640 });
		renameSync(fresh, file);
	}
	return removed;
}

/** The process that works in `data`, if it still does. */
export function engineIn(data: string): number | undefined {
	let pid: number;
	try {
		pid = Number(/^PID: (\d+)/m.exec(readFileSync(join(data, 'status'), 'utf8'))?.[1]);
	} catch {
		return undefined;
	}
	if (!pid || pid === process.pid) return undefined;
	try {
		// The number may long be another program's.
		return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(data) ? pid : undefined;
	} catch {
		return undefined;
	}
}

function foldersOf(folder: string): string[] {
	try {
		return readdirSync(folder, { withFileTypes: true })
			.filter((entry) => entry.isDirectory())
			.map((entry) => join(folder, entry.name));
	} catch {
		return [];
	}
}
