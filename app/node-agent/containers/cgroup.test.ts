import { describe, expect, test } from 'vitest';
import { RecordedProc, readRecordedTree } from '../testing/recorded-proc.ts';
import { namingPath, parseCgroupFile } from './cgroup-file.ts';
import { classifyCgroup } from './cgroup-kind.ts';
import { identifyCgroup } from './identity.ts';

const HEX = '0123456789abcdef'.repeat(4);
const POD = 'pod0e1f2a3b_4c5d_6e7f_8a9b_0c1d2e3f4a5b';
const noHost = { read: () => undefined };

/** Files of the shapes that runtimes make, and what they are. */
const FILES: [shape: string, file: string, path: string | undefined, kind: string, id: string | undefined][] =
	[
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
		[
			'nerdctl',
			`0::/system.slice/nerdctl-${HEX}.scope\n`,
			undefined,
			'containerd',
			'/containerd/0123456789ab',
		],
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
		});
	});

	test('without the state directory the same cgroup is no container', () => {
		expect(identifyCgroup('/agent-front', noHost)).toBe('host');
	});

	test('a damaged state file still is a container', () => {
		expect(identifyCgroup('/x', { read: () => '{' })).toEqual({ id: '/runc/x', kind: 'runc', image: '' });
	});

	test('a plain process is of the host, although a v1 controller names an outer cgroup', () => {
		const path = namingPath(parseCgroupFile(proc.read('13230/cgroup')!));
		expect(path === undefined ? 'host' : identifyCgroup(path, host)).toBe('host');
	});
});
