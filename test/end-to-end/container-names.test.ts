import { afterAll, beforeAll, expect, test } from 'vitest';
import { ContainerdRuntime } from '../../hosts/node/runtimes/containerd-runtime.ts';
import { DockerRuntime } from '../../hosts/node/runtimes/docker-runtime.ts';
import { PodmanRuntime } from '../../hosts/node/runtimes/podman-runtime.ts';
import { PodmanStorage } from '../../hosts/node/runtimes/podman-storage.ts';
import { Cri } from '../runtimes/cri.ts';
import { Docker } from '../runtimes/docker.ts';
import { Podman } from '../runtimes/podman.ts';

// What a real dockerd, containerd and podman tell of their containers.

const docker = new Docker();
const cri = new Cri();
const podman = new Podman();
const UNKNOWN = 'ab'.repeat(32);
const signal = () => AbortSignal.timeout(30_000);

beforeAll(async () => {
	podman.start();
	await Promise.all([docker.start(), cri.start()]);
});
afterAll(async () => {
	await docker.close();
	await cri.close();
	await podman.close();
});

test('dockerd', async () => {
	const name = `names${process.pid}`;
	const id = docker.run('sleep 1000', [
		...['--name', name, '--label', 'com.docker.swarm.task.name=a.1.b', '--env', 'NOMAD_TASK_NAME=web'],
		...['--env', 'PASSWORD=secret'],
	]);
	const runtime = new DockerRuntime([docker.socket]);
	expect(await runtime.inspect(id, signal())).toEqual({
		...{ name, image: 'busybox:test', environment: { NOMAD_TASK_NAME: 'web' } },
		labels: { 'com.docker.swarm.task.name': 'a.1.b' },
	});
	expect(await runtime.inspect(UNKNOWN, signal())).toBeUndefined();
});

test('containerd', async () => {
	const pod = { namespace: 'shop', name: `names${process.pid}-0`, container: 'app' };
	const id = await cri.run(pod, 'sleep 1000');
	const runtime = new ContainerdRuntime([cri.socket]);
	const answer = await runtime.inspect(id, signal());
	expect(answer).toMatchObject({
		image: 'codexray.test/busybox:1',
		labels: {
			'io.kubernetes.pod.namespace': pod.namespace,
			'io.kubernetes.pod.name': pod.name,
			'io.kubernetes.container.name': pod.container,
		},
	});
	expect(await runtime.inspect(UNKNOWN, signal())).toBeUndefined();
});

test('containerd, namespaces that are not of Kubernetes', async () => {
	const name = `names${process.pid}`;
	const [first, second] = [cri.runBeside('default', `${name}-a`), cri.runBeside('shop', `${name}-b`)];
	const runtime = new ContainerdRuntime([cri.socket]);
	const image = 'codexray.test/busybox:1';
	expect(await runtime.inspect(first, signal())).toMatchObject({ name: `${name}-a`, image });
	expect(await runtime.inspect(second, signal())).toMatchObject({ name: `${name}-b`, image });
});

test('podman, from its lists, and from its API where they do not lie', async () => {
	const name = `names${process.pid}`;
	const kept = podman.run('sleep 1000', [
		...['--name', `${name}-a`, '--label', 'a=b', '--env', 'PASSWORD=secret'],
	]);
	const removed = podman.run('sleep 1000', ['--name', `${name}-b`, '--rm']);
	const absent = `${podman.root}/absent`;
	const lists = new PodmanRuntime(new PodmanStorage(podman.root), [absent]);
	const words = { image: '', labels: {}, environment: {} };
	expect(await lists.inspect(kept, signal())).toEqual({ name: `${name}-a`, ...words });
	expect(await lists.inspect(removed, signal())).toEqual({ name: `${name}-b`, ...words });
	expect(await lists.inspect(UNKNOWN, signal())).toBeUndefined();

	await podman.serve();
	const api = new PodmanRuntime(new PodmanStorage(absent), [podman.socket]);
	expect(await api.inspect(kept, signal())).toMatchObject({
		...{ name: `${name}-a`, labels: { a: 'b' }, environment: {} },
	});
	expect(await api.inspect(UNKNOWN, signal())).toBeUndefined();
});
