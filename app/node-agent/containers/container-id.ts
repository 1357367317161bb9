/** The id of a container by the names that its orchestrator or runtime gave it. */

import type { ContainerKind } from './container.ts';
import type { ContainerMetadata } from './container-runtime.ts';

/** Pods of cron jobs: minutes since the epoch at which the job was due, then five letters. */
const CRON_JOB_POD = /^(.+)-(\d{8})-[bcdfghjklmnpqrstvwxz2456789]{5}$/;
const WEEK_MINUTES = 7 * 24 * 60;

const SHORT_ID = 12;

/** A container of Docker, containerd, CRI-O or Podman by the first digits of its runtime's id. */
export function idByDigits(kind: ContainerKind, rawId: string): string {
	// The cgroup of a gVisor sandbox does not say which runtime made it.
	return `/${kind === 'sandbox' ? 'docker' : kind}/${rawId.slice(0, SHORT_ID)}`;
}

/**
 * `/k8s/NAMESPACE/POD/CONTAINER`, `/k8s-cronjob/NAMESPACE/JOB/CONTAINER`, `/swarm/STACK/SERVICE/TASK`,
 * `/nomad/NAMESPACE/JOB/GROUP/ALLOCATION/TASK`, `/podman/NAME` and `/containerd/NAME` of their own, `/docker/NAME` of
 * all others, or the id by digits of what has no name.
 * 'ignored' is the container that only holds the namespaces of a pod.
 * @param now ms since the epoch
 */
export function containerId(
	kind: ContainerKind,
	rawId: string,
	{ name, labels, environment }: ContainerMetadata,
	now: number,
): string {
	const pod = labels['io.kubernetes.pod.name'];
	if (pod !== undefined && pod !== '') return podId(kind, pod, labels, now);
	const task = labels['com.docker.swarm.task.name']?.split('.') ?? [];
	if (task.length >= 3) {
		const stack = labels['com.docker.stack.namespace'] ?? '';
		const service = labels['com.docker.swarm.service.name'] ?? task[0]!;
		const own = stack !== '' && service.startsWith(`${stack}_`) ? service.slice(stack.length + 1) : service;
		return `/swarm/${stack || '_'}/${own}/${task[1]}`;
	}
	const nomad = ['NAMESPACE', 'JOB_NAME', 'GROUP_NAME', 'ALLOC_ID', 'TASK_NAME'].map(
		(each) => environment[`NOMAD_${each}`] ?? '',
	);
	if (nomad.every((part) => part !== '')) return `/nomad/${nomad.join('/')}`;
	if (name === '') return idByDigits(kind, rawId);
	return `/${kind === 'podman' || kind === 'containerd' ? kind : 'docker'}/${name}`;
}

function podId(
	kind: ContainerKind,
	pod: string,
	labels: Readonly<Record<string, string>>,
	now: number,
): string {
	const namespace = labels['io.kubernetes.pod.namespace'] ?? '';
	const container = kind === 'sandbox' ? 'sandbox' : (labels['io.kubernetes.container.name'] ?? '');
	if (container === '' || container === 'POD') return 'ignored';
	const [, job, minutes] = CRON_JOB_POD.exec(pod) ?? [];
	if (job !== undefined && Math.abs(Number(minutes) - now / 60_000) <= WEEK_MINUTES)
		return `/k8s-cronjob/${namespace}/${job}/${container}`;
	return `/k8s/${namespace}/${pod}/${container}`;
}
