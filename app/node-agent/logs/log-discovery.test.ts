import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { RecordedProc } from '../testing/recorded-proc.ts';
import { LogDiscovery } from './log-discovery.ts';

// Real files of dockerd and containerd are read in test/end-to-end/container-logs.test.ts; here is what is not to be had there.

const A = 'a1'.repeat(32);
const B = 'b2'.repeat(32);
const hostRoot = mkdtempSync(join(tmpdir(), 'codexray-logs-'));
afterAll(() => rmSync(hostRoot, { recursive: true }));

function machine(containers: Record<number, string>, open: [pid: number, path: string, flags?: string][]) {
	const proc = new RecordedProc({ files: {}, links: {} });
	for (const pid of Object.keys(containers)) proc.add(Number(pid), { cgroup: '0::/\n' });
	open.forEach(([pid, path, flags = '0100001'], fd) => {
		proc.setLink(`${pid}/fd/${fd}`, path);
		proc.set(`${pid}/fdinfo/${fd}`, `pos:\t0\nflags:\t${flags}\n`);
	});
	const discovery = new LogDiscovery({ proc, hostRoot, containerOf: (pid) => containers[pid] });
	return { proc, discover: () => discovery.discover() };
}

test('files under /var/log that a process writes, once a container', () => {
	const { discover } = machine({ 10: '/host/nginx', 11: '/host/nginx', 12: '/docker/a1' }, [
		[10, '/var/log/nginx/access.log'],
		[11, '/var/log/nginx/access.log'],
		[12, '/var/log/nginx/access.log'],
		[10, '/var/log/nginx/error.log', '02002'],
		[10, '/var/log/read.log', '0100000'],
		[10, '/var/log/gone.log (deleted)'],
		[10, '/var/log/pods/x/0.log'],
		[10, '/var/log/journal/system.journal'],
		[10, '/tmp/other.log'],
		[10, 'socket:[1]'],
	]);
	expect(discover().map(({ container, path }) => [container, path])).toEqual([
		['/host/nginx', '/proc/10/root/var/log/nginx/access.log'],
		['/host/nginx', '/proc/10/root/var/log/nginx/error.log'],
		['/docker/a1', '/proc/12/root/var/log/nginx/access.log'],
	]);
});

test('what dockerd and conmon write belongs to the container that they write it for', () => {
	const { proc, discover } = machine(
		{ 10: '/docker/a1a1a1a1a1a1', 11: '/podman/b2b2b2b2b2b2', 20: '/host/dockerd' },
		[
			[20, `/data/docker/containers/${A}/${A}-json.log`],
			[20, `/data/docker/containers/${B}/${B}-json.log`],
			[21, `/var/lib/containers/storage/overlay-containers/${B}/userdata/ctr.log`],
			[22, `/elsewhere/${A}/${A}-json.log`],
		],
	);
	proc.set('20/comm', 'dockerd\n');
	proc.set('21/comm', 'conmon\n');
	expect(discover()).toEqual([
		{
			container: '/docker/a1a1a1a1a1a1',
			path: `/proc/20/root/data/docker/containers/${A}/${A}-json.log`,
			source: 'stdout/stderr',
			format: 'docker',
		},
		{
			container: '/podman/b2b2b2b2b2b2',
			path: `/proc/21/root/var/lib/containers/storage/overlay-containers/${B}/userdata/ctr.log`,
			source: 'stdout/stderr',
			format: 'cri',
		},
	]);
});

test('links of the kubelet are followed in the root of the node, to what Docker writes too', () => {
	const links = join(hostRoot, 'var/log/containers');
	mkdirSync(links, { recursive: true });
	mkdirSync(join(hostRoot, 'var/log/pods/shop_web_1/app'), { recursive: true });
	writeFileSync(join(hostRoot, 'var/log/pods/shop_web_1/app/0.log'), '');
	symlinkSync('/var/log/pods/shop_web_1/app/0.log', join(links, `web_shop_app-${A}.log`));
	symlinkSync('/var/log/pods/shop_api_2/app/0.log', join(links, `api_shop_app-${B}.log`));
	mkdirSync(join(hostRoot, 'var/log/pods/shop_api_2/app'), { recursive: true });
	symlinkSync(
		`/var/lib/docker/containers/${B}/${B}-json.log`,
		join(hostRoot, 'var/log/pods/shop_api_2/app/0.log'),
	);
	symlinkSync('/nowhere', join(links, 'not-a-container.log'));
	const { discover } = machine({ 10: '/containerd/a1a1a1a1a1a1', 11: '/docker/b2b2b2b2b2b2' }, []);
	expect(
		discover()
			.map(({ container, path, format }) => [container, path, format])
			.sort(),
	).toEqual([
		['/containerd/a1a1a1a1a1a1', join(hostRoot, '/var/log/pods/shop_web_1/app/0.log'), 'cri'],
		['/docker/b2b2b2b2b2b2', join(hostRoot, `/var/lib/docker/containers/${B}/${B}-json.log`), 'docker'],
	]);
});

test('what runs for long takes turns: a new process is looked at in each round, an old one in one of six', () => {
	const containers: Record<number, string> = { 10: '/host/old' };
	const { proc, discover } = machine(containers, [[10, '/tmp/x']]);
	const hold = (pid: number, path: string) => {
		proc.setLink(`${pid}/fd/9`, path);
		proc.set(`${pid}/fdinfo/9`, 'flags:\t0100001\n');
	};
	const sources = () => discover().map(({ source }) => source);
	expect(sources()).toEqual([]);
	hold(10, '/var/log/late.log');
	proc.add(11, { cgroup: '0::/\n' });
	containers[11] = '/host/new';
	const rounds = Array.from({ length: 6 }, (_, i) => {
		// The new one opens a log some rounds after its start.
		if (i === 3) hold(11, '/var/log/new.log');
		return sources();
	});
	expect(rounds.filter((found) => found.includes('/var/log/late.log')).length).toBeGreaterThan(0);
	expect(rounds.map((found) => found.includes('/var/log/new.log'))).toEqual([
		false,
		false,
		false,
		true,
		true,
		true,
	]);
	// Another program in the same process is a new one.
	hold(10, '/var/log/other.log');
	containers[10] = '/host/other';
	expect(sources()).toContain('/var/log/other.log');
	proc.end(11);
	expect(sources()).not.toContain('/var/log/new.log');
});
