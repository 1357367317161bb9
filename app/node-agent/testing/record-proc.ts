/**
 * Records a part of /proc of this machine: `node record-proc.ts NAME PID...` writes recorded/NAME.json.
 * Command lines and environments of strangers stay out: only the processes that are named are read.
 */
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import type { RecordedTree } from './recorded-proc.ts';

const FILES = ['cgroup', 'cmdline', 'comm', 'stat', 'net/tcp', 'net/tcp6', 'net/fib_trie', 'net/if_inet6'];

const [name, ...pids] = process.argv.slice(2);
const tree: RecordedTree = { files: {}, links: {} };
tree.files.stat = readFileSync('/proc/stat', 'utf8').replace(/^(?!btime).*\n/gm, '');
tree.files.uptime = readFileSync('/proc/uptime', 'utf8');
for (const pid of pids) {
	for (const file of FILES) tree.files[`${pid}/${file}`] = readFileSync(`/proc/${pid}/${file}`, 'utf8');
	const fds = readdirSync(`/proc/${pid}/fd`).map((fd) => `fd/${fd}`);
	for (const link of ['exe', 'ns/net', ...fds]) {
		try {
			tree.links[`${pid}/${link}`] = readlinkSync(`/proc/${pid}/${link}`);
		} catch {
			// Pid 1 of some machines may not be looked at.
		}
	}
}
// Sockets of strangers stay out as well.
const inodes = Object.values(tree.links).flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
for (const [file, text] of Object.entries(tree.files)) {
	if (!/\/net\/tcp6?$/.test(file)) continue;
	const own = (line: string) =>
		line === '' || line.includes('local_address') || inodes.includes(line.trim().split(/\s+/)[9]!);
	tree.files[file] = text.split('\n').filter(own).join('\n');
}
const path = new URL(`./recorded/${name}.json`, import.meta.url);
writeFileSync(path, `${JSON.stringify(tree, null, '\t')}\n`);
