import { describe, expect, test } from 'vitest';
import type { HostFiles } from '../node/host-files.ts';
import { RecordedProc, readRecordedTree } from '../testing/recorded-proc.ts';
import { type CgroupPaths, namingPath, ownCgroups, parseCgroupFile } from './cgroup-file.ts';
import { classifyCgroup } from './cgroup-kind.ts';
import { identifyCgroup } from './identity.ts';

const HEX = '0123456789abcdef'.repeat(4);
const OTHER = 'fedcba9876543210'.repeat(4);
const POD = 'pod0e1f2a3b_4c5d_6e7f_8a9b_0c1d2e3f4a5b';
const noHost = { read: () => undefined };

/** Files of the shapes that runtimes make, and what they are. */
type Shape = [shape: string, file: string, path: string | undefined, kind: string, id: string | undefined];

const FILES: Shape[] = [
	['bare, v2', '0::/\n', undefined, '', undefined],
	['pid 1 of systemd', '0::/init.scope\n', undefined, '', undefined],
	[
		'a login session',
		'0::/user.slice/user-1000.slice/session-3.scope\n',
		'/user.slice/user-1000.slice/session-3.scope',
		'standalone',
		undefined,
	],
	[
		'docker, v1',
		`12:cpuset:/docker/${HEX}\n11:cpu,cpuacct:/docker/${HEX}\n1:name=systemd:/docker/${HEX}\n`,
		`/docker/${HEX}`,
		'docker',
		'/docker/0123456789ab',
	],
	[
		'docker, systemd driver, v2',
		`0::/system.slice/docker-${HEX}.scope\n`,
		`/system.slice/docker-${HEX}.scope`,
		'docker',
		'/docker/0123456789ab',
	],
	[
		'docker on a hybrid host, where v2 has the service above it',
		`4:memory:/docker/${HEX}\n1:cpu:/docker/${HEX}\n0::/system.slice/containerd.service\n`,
		`/docker/${HEX}`,
		'docker',
		'/docker/0123456789ab',
	],
	['ecs', `9:cpu,cpuacct:/ecs/6a1b/${HEX}\n`, `/ecs/6a1b/${HEX}`, 'docker', '/docker/0123456789ab'],
	[
		'kubelet with containerd, systemd driver',
		`0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-${POD}.slice/cri-containerd-${HEX}.scope\n`,
		undefined,
		'containerd',
		'/containerd/0123456789ab',
	],
	[
		'kubelet with containerd, colon form',
		`0::/system.slice/containerd.service/kubepods-besteffort-${POD}.slice:cri-containerd:${HEX}\n`,
		undefined,
		'containerd',
		'/containerd/0123456789ab',
	],
	[
		'kubelet with cri-o',
		`0::/kubepods.slice/kubepods-${POD}.slice/crio-${HEX}.scope\n`,
		undefined,
		'crio',
		'/crio/0123456789ab',
	],
	[
		'cri-o monitor',
		`0::/kubepods.slice/kubepods-${POD}.slice/crio-conmon-${HEX}.scope\n`,
		undefined,
		'standalone',
		undefined,
	],
	[
		'kubelet with cgroupfs, v1 wins over v2',
		`5:memory:/kubepods/burstable/pod0e1f/${HEX}\n0::/system.slice/kubelet.service\n`,
		`/kubepods/burstable/pod0e1f/${HEX}`,
		'docker',
		'/docker/0123456789ab',
	],
	['gVisor', '0::/kubepods/besteffort/pod0e1f\n', '/kubepods/besteffort/pod0e1f', 'sandbox', undefined],
	[
		'podman, rootful',
		`0::/machine.slice/libpod-${HEX}.scope/container\n`,
		undefined,
		'podman',
		'/podman/0123456789ab',
	],
	[
		'podman, rootless',
		`0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${HEX}.scope\n`,
		undefined,
		'podman',
		'/podman/0123456789ab',
	],
	[
		'podman, cgroupfs',
		`3:cpu:/libpod_parent/libpod-${HEX}\n0::/libpod_parent/libpod-${HEX}\n`,
		undefined,
		'podman',
		'/podman/0123456789ab',
	],
	['podman monitor', `0::/machine.slice/libpod-conmon-${HEX}.scope\n`, undefined, 'standalone', undefined],
	['nerdctl', `0::/system.slice/nerdctl-${HEX}.scope\n`, undefined, 'containerd', '/containerd/0123456789ab'],
	[
		'containerd without a kubelet',
		`0::/k8s.io/${HEX}\n`,
		undefined,
		'containerd',
		'/containerd/0123456789ab',
	],
	['nspawn', '0::/machine.slice/machine-web\\x2d1.scope/payload\n', undefined, 'nspawn', '/nspawn/web-1'],
	[
		'systemd service',
		'1:name=systemd:/system.slice/nginx.service\n0::/system.slice/nginx.service\n',
		undefined,
		'systemd',
		'/system.slice/nginx.service',
	],
	[
		'systemd template',
		'0::/system.slice/system-postgresql.slice/postgresql@15\\x2dmain.service\n',
		undefined,
		'systemd',
		'/system.slice/system-postgresql.slice',
	],
	['systemd scope', '0::/system.slice/run-u12.scope\n', undefined, 'standalone', undefined],
	['a unit of the system', '0::/system.slice/systemd-journald.service\n', undefined, 'systemd', undefined],
	['lxc', '0::/lxc/guest\n', '/lxc/guest', 'lxc', '/lxc/guest'],
	[
		'lxc payload',
		'0::/lxc.payload.guest/system.slice/nginx.service\n',
		'/lxc.payload.guest',
		'lxc',
		'/lxc/guest',
	],
	['talos', '0::/podruntime/kubelet\n', undefined, 'talos', '/talos/kubelet'],
	['talos init', '0::/init\n', undefined, 'talos', '/talos/init'],
	[
		'docker without root',
		`0::/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${HEX}.scope\n`,
		undefined,
		'docker',
		'/docker/0123456789ab',
	],
	[
		'docker, with cgroups of its own inside',
		`1:name=systemd:/docker/${HEX}/system.slice/ssh.service\n0::/docker/${HEX}/system.slice/ssh.service\n`,
		undefined,
		'docker',
		'/docker/0123456789ab',
	],
	[
		'docker in docker: the outer container',
		`0::/docker/${HEX}/docker/${OTHER}\n`,
		undefined,
		'docker',
		'/docker/0123456789ab',
	],
	[
		'a kubelet in docker (kind): the container of its pod',
		`0::/docker/${OTHER}/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-${POD}.slice/cri-containerd-${HEX}.scope\n`,
		undefined,
		'containerd',
		'/containerd/0123456789ab',
	],
	[
		'ecs on Fargate and v2',
		`0::/ecstasks.slice/ecstasks-6a1b.slice/docker-${HEX}.scope\n`,
		undefined,
		'docker',
		'/docker/0123456789ab',
	],
	[
		'kubelet with cri-o, cgroupfs driver',
		`4:memory:/kubepods/besteffort/pod0e1f/crio-${HEX}\n0::/kubepods/besteffort/pod0e1f/crio-${HEX}\n`,
		undefined,
		'crio',
		'/crio/0123456789ab',
	],
	[
		'cri-o, a container that makes cgroups',
		`0::/kubepods.slice/kubepods-${POD}.slice/crio-${HEX}.scope/container\n`,
		undefined,
		'crio',
		'/crio/0123456789ab',
	],
	[
		'a kubelet before systemd slices, every controller of v1',
		['11:pids', '10:cpuset', '9:blkio', '8:memory', '7:cpu,cpuacct', '2:net_cls,net_prio', '1:name=systemd']
			.map((controllers) => `${controllers}:/kubepods/burstable/pod0e1f/${HEX}\n`)
			.join(''),
		`/kubepods/burstable/pod0e1f/${HEX}`,
		'docker',
		'/docker/0123456789ab',
	],
	[
		'podman, in a pod',
		`0::/machine.slice/machine-libpod_pod_${OTHER}.slice/libpod-${HEX}.scope/container\n`,
		undefined,
		'podman',
		'/podman/0123456789ab',
	],
	[
		'containerd of a plain installation, v1',
		`8:memory:/default/${HEX}\n7:cpu,cpuacct:/default/${HEX}\n`,
		`/default/${HEX}`,
		'containerd',
		'/containerd/0123456789ab',
	],
	[
		'nspawn from a template unit',
		'0::/machine.slice/systemd-nspawn@db.service/payload/system.slice/x.service\n',
		undefined,
		'nspawn',
		'/nspawn/db',
	],
	[
		'systemd on a v1 host, which says it in its own hierarchy only',
		'3:cpu,cpuacct:/\n2:memory:/\n1:name=systemd:/system.slice/nginx.service\n',
		'/system.slice/nginx.service',
		'systemd',
		'/system.slice/nginx.service',
	],
	[
		'a service that makes cgroups of its own',
		'0::/system.slice/php-fpm.service/pool\n',
		undefined,
		'systemd',
		'/system.slice/php-fpm.service',
	],
	...['runtime', 'reserved', 'kube', 'azure', 'podruntime'].map(
		(slice): Shape => [
			`a service of ${slice}.slice`,
			`0::/${slice}.slice/kubelet.service\n`,
			undefined,
			'systemd',
			`/${slice}.slice/kubelet.service`,
		],
	),
	['the monitor of lxc', '0::/lxc.monitor.guest\n', undefined, 'standalone', undefined],
	['talos system', '0::/system/apid\n', undefined, 'talos', '/talos/apid'],
	['buildkit', `0::/buildkit/${HEX}\n`, undefined, 'unknown', undefined],
	['single element', '0::/something\n', '/something', 'standalone', undefined],
	['deleted', '0::/docker/gone (deleted)\n', undefined, '', undefined],
	['nobody knows', '0::/garden/abc/def\n', undefined, 'unknown', undefined],
];

describe('cgroup files', () => {
	test.each(FILES)('%s', (_shape, file, path, kind, id) => {
		const named = namingPath(parseCgroupFile(file));
		if (path !== undefined) expect(named).toBe(path);
		if (kind === '') {
			expect(named).toBeUndefined();
			return;
		}
		expect(classifyCgroup(named!).kind).toBe(kind);
		const verdict = identifyCgroup(named!, noHost);
		expect(typeof verdict === 'string' ? undefined : verdict.id).toBe(id);
	});

	test('a path of several controllers stands under each; lines that are no hierarchy are skipped', () => {
		const paths = parseCgroupFile('11:cpu,cpuacct:/docker/a:b\nnonsense\n');
		expect([...paths.v1]).toEqual([
			['cpu', '/docker/a:b'],
			['cpuacct', '/docker/a:b'],
		]);
	});
});

describe('the cgroup that was made for a container', () => {
	const own = (file: string, host: HostFiles = noHost): CgroupPaths => {
		const paths = parseCgroupFile(file);
		const identity = identifyCgroup(namingPath(paths)!, host);
		return ownCgroups(paths, typeof identity === 'string' ? '' : identity.cgroup);
	};

	test('is the one that names it, not those that it makes for itself', () => {
		const scope = `/machine.slice/libpod-${HEX}.scope`;
		expect(own(`0::${scope}/container\n`)).toEqual({ v1: new Map(), v2: scope });
		expect(own('0::/system.slice/php-fpm.service/pool\n').v2).toBe('/system.slice/php-fpm.service');
		expect(own('0::/machine.slice/systemd-nspawn@db.service/payload\n').v2).toBe(
			'/machine.slice/systemd-nspawn@db.service',
		);
		expect(own(`0::/docker/${HEX}/docker/${OTHER}\n`).v2).toBe(`/docker/${HEX}`);
		expect(own('0::/lxc.payload.guest/system.slice/x.service\n').v2).toBe('/lxc.payload.guest');
	});

	test('in hierarchies where it has none it is not that of others', () => {
		const file = `4:memory:/docker/${HEX}\n3:cpu,cpuacct:/docker/${HEX}/sub\n2:pids:/\n0::/system.slice/docker.service\n`;
		expect(own(file)).toEqual({
			v1: new Map(['memory', 'cpu', 'cpuacct'].map((controller) => [controller, `/docker/${HEX}`])),
		});
	});

	test('of runc is named like the container', () => {
		const host = { read: (path: string) => (path === '/run/runc/web/state.json' ? '{}' : undefined) };
		expect(own('5:memory:/pods/web\n0::/pods/web\n', host)).toEqual({
			v1: new Map([['memory', '/pods/web']]),
			v2: '/pods/web',
		});
		expect(own('0::/web/inner\n', host).v2).toBe('/web');
	});
});

describe('gVisor', () => {
	const path = '/kubepods/besteffort/pod0e1f';
	const of = (...words: string[]) =>
		identifyCgroup(path, noHost, () => words.map((word) => `${word}\0`).join(''));

	test('runs in the cgroup of the pod, and says in its arguments for whom', () => {
		expect(of('/usr/bin/runsc-sandbox', '--root=/run', 'boot', HEX)).toMatchObject({
			id: '/docker/0123456789ab',
			kind: 'sandbox',
			cgroup: 'pod0e1f',
		});
	});

	test('others in that cgroup are no container', () => {
		expect(of('/usr/bin/runsc-gofer', HEX)).toBe('ignored');
		expect(of('/usr/bin/runsc-sandbox', 'boot', 'x')).toBe('ignored');
		expect(of()).toBe('ignored');
	});
});

describe('recorded on a hybrid host', () => {
	const proc = new RecordedProc(readRecordedTree('bare-and-runc'));
	const state = JSON.stringify(readRecordedTree('runc-state'));
	const host = { read: (path: string) => (path === '/run/runc/agent-front/state.json' ? state : undefined) };

	test('a runc container has the name of its state directory and the image of its annotation', () => {
		const path = namingPath(parseCgroupFile(proc.read('8708/cgroup')!));
		expect(path).toBe('/agent-front');
		expect(identifyCgroup(path!, host)).toEqual({
			id: '/runc/agent-front',
			kind: 'runc',
			image: 'example/front:1.2',
			cgroup: 'agent-front',
		});
	});

	test('without the state directory the same cgroup is no container', () => {
		expect(identifyCgroup('/agent-front', noHost)).toBe('host');
	});

	test('a damaged state file still is a container', () => {
		expect(identifyCgroup('/x', { read: () => '{' })).toMatchObject({ id: '/runc/x', image: '' });
	});

	test('a plain process is of the host, although a v1 controller names an outer cgroup', () => {
		const path = namingPath(parseCgroupFile(proc.read('13230/cgroup')!));
		expect(path === undefined ? 'host' : identifyCgroup(path, host)).toBe('host');
	});
});
