import { expect, test } from 'vitest';
import type { ContainerKind } from './container.ts';
import { containerId } from './container-id.ts';

const RAW = '0123456789ab'.padEnd(64, 'c');
/** Minute 28 333 333 since the epoch. */
const NOW = 28_333_333 * 60_000;
const pod = (name: string, container: string) => ({
	'io.kubernetes.pod.namespace': 'shop',
	'io.kubernetes.pod.name': name,
	'io.kubernetes.container.name': container,
});
const task = {
	'com.docker.swarm.task.name': 'shop_web.3.abcdefghij',
	'com.docker.swarm.service.name': 'shop_web',
};
const NOMAD = {
	...{ NOMAD_NAMESPACE: 'default', NOMAD_JOB_NAME: 'shop', NOMAD_GROUP_NAME: 'web' },
	...{ NOMAD_ALLOC_ID: 'a1-b2', NOMAD_TASK_NAME: 'nginx' },
};

test.each<[string, ContainerKind, string, Record<string, string>, Record<string, string>, string]>([
	['name', 'docker', 'web', {}, {}, '/docker/web'],
	['name, Podman', 'podman', 'web', {}, {}, '/podman/web'],
	['name, containerd without Kubernetes', 'containerd', 'web', {}, {}, '/containerd/web'],
	['name, CRI-O', 'crio', 'web', {}, {}, '/docker/web'],
	['no name', 'containerd', '', {}, {}, '/containerd/0123456789ab'],
	['no name, sandbox', 'sandbox', '', {}, {}, '/docker/0123456789ab'],
	['pod', 'docker', 'k8s_x', pod('web-0', 'app'), {}, '/k8s/shop/web-0/app'],
	['pod wins over Nomad', 'docker', 'x', pod('web-0', 'app'), NOMAD, '/k8s/shop/web-0/app'],
	['pause container', 'docker', 'k8s_POD', pod('web-0', 'POD'), {}, 'ignored'],
	['pause container of containerd', 'containerd', '', pod('web-0', ''), {}, 'ignored'],
	['gVisor', 'sandbox', '', pod('web-0', ''), {}, '/k8s/shop/web-0/sandbox'],
	['cron job', 'crio', 'x', pod('tidy-28333330-x4bzg', 'app'), {}, '/k8s-cronjob/shop/tidy/app'],
	['cron job, a week', 'crio', 'x', pod('tidy-28323253-x4bzg', 'app'), {}, '/k8s-cronjob/shop/tidy/app'],
	[
		'digits of another time',
		...(['crio', 'x', pod('tidy-28323252-x4bzg', 'app'), {}] as const),
		'/k8s/shop/tidy-28323252-x4bzg/app',
	],
	['swarm without stack', 'docker', 'x', task, {}, '/swarm/_/shop_web/3'],
	[
		'swarm with stack',
		...(['docker', 'x', { ...task, 'com.docker.stack.namespace': 'shop' }, {}] as const),
		'/swarm/shop/web/3',
	],
	['Nomad', 'docker', 'nginx-a1-b2', {}, NOMAD, '/nomad/default/shop/web/a1-b2/nginx'],
	['part of Nomad', 'docker', 'web', {}, { ...NOMAD, NOMAD_ALLOC_ID: '' }, '/docker/web'],
])('%s', (_, kind, name, labels, environment, id) => {
	expect(containerId(kind, RAW, { name, labels, environment, image: '' }, NOW)).toBe(id);
});
