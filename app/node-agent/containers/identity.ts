/** From the cgroup paths of a process to the id that its container has in every signal. */

import type { HostFiles } from '../node/host-files.ts';
import type { CgroupPaths } from './cgroup-file.ts';
import { classifyCgroup } from './cgroup-kind.ts';
import type { ContainerKind } from './container.ts';
import { idByDigits } from './container-id.ts';

export interface Identity {
	/** `/docker/web`, `/docker/0123456789ab`, `/system.slice/nginx.service`, `/runc/name`, `/host/curl`. */
	id: string;
	kind: ContainerKind;
	/** Image reference; empty when not known. */
	image: string;
	/** Last element of the path to the cgroup that was made for it, in every hierarchy; empty: it has none. */
	cgroup: string;
	/** Where those cgroups lie; undefined when nobody has looked. */
	cgroups?: CgroupPaths;
	/** The runtime's id (64 hex digits), where one can be asked for the container's name. */
	rawId?: string;
	/** Its runtime is being asked: the id is not final, and nothing is said of the container yet. */
	pending?: boolean;
}

/** What a cgroup path says: a container, nothing (a process of the host), or something not to look at. */
export type CgroupVerdict = Identity | 'host' | 'ignored';

/** Units of the system that talk to nobody a person asks about, and would crowd the map. */
const SYSTEM_UNITS = [
	'systemd-',
	'dbus',
	'getty',
	'system-serial',
	'system-getty',
	'serial-getty',
	'snapd',
	'packagekit',
	'unattended-upgrades',
	'multipathd',
	'qemu-guest-agent',
	'irqbalance',
	'networkd-dispatcher',
	'rpcbind',
];

/**
 * A container of Docker, containerd, CRI-O or Podman is named by the first 12 digits of its id; its names need
 * the runtime: see ContainerNames.
 * @param commandLine arguments of the process, each ended by a NUL; undefined when they cannot be read
 */
export function identifyCgroup(
	path: string,
	host: HostFiles,
	commandLine: () => string | undefined = () => undefined,
): CgroupVerdict {
	const { kind, rawId, path: own } = classifyCgroup(path);
	const container = { kind, image: '', cgroup: lastElement(own) };
	switch (kind) {
		case 'docker':
		case 'containerd':
		case 'crio':
		case 'podman':
			return { ...container, id: idByDigits(kind, rawId), rawId };
		case 'lxc':
		case 'nspawn':
			return { ...container, id: `/${kind}/${rawId}` };
		case 'talos':
			return { ...container, id: rawId };
		case 'systemd': {
			const unit = lastElement(rawId);
			if (SYSTEM_UNITS.some((prefix) => unit.startsWith(prefix))) return 'ignored';
			return { ...container, id: rawId };
		}
		case 'sandbox': {
			const sandboxed = gVisorContainer(commandLine() ?? '');
			return sandboxed === undefined
				? 'ignored'
				: { ...container, id: idByDigits(kind, sandboxed), rawId: sandboxed };
		}
		case 'standalone':
		case 'unknown':
			return identifyRunc(path, host) ?? 'host';
	}
}

/** gVisor's cgroup is that of the pod; what its process runs is the last of its arguments. */
function gVisorContainer(commandLine: string): string | undefined {
	const words = commandLine.replace(/\0$/, '').split('\0');
	const id = words.at(-1)!;
	return /(?:^|\/)runsc(?:-sandbox)?$/.test(words[0]!) && /^[0-9a-f]{64}$/.test(id) ? id : undefined;
}

/**
 * runc by itself has no runtime above it; its state directory tells its containers from other cgroups. The name is
 * the last element of the path, or the first where the container makes cgroups of its own.
 */
function identifyRunc(path: string, host: HostFiles): Identity | undefined {
	const elements = path.split('/').filter((element) => element !== '');
	for (const name of new Set([elements.at(-1), elements[0]])) {
		if (name === undefined || !/^[\w+.-]+$/.test(name) || name === '.' || name === '..') continue;
		const state = host.read(`/run/runc/${name}/state.json`);
		if (state !== undefined)
			return { id: `/runc/${name}`, kind: 'runc', image: runcImage(state), cgroup: name };
	}
	return undefined;
}

function lastElement(path: string): string {
	return path.slice(path.lastIndexOf('/') + 1);
}

/** runc keeps the bundle's annotations among its labels, as `key=value`. */
function runcImage(state: string): string {
	try {
		const labels: unknown = JSON.parse(state)?.config?.labels;
		if (!Array.isArray(labels)) return '';
		const prefix = 'org.opencontainers.image.ref.name=';
		const label = labels.find((entry) => typeof entry === 'string' && entry.startsWith(prefix));
		return label === undefined ? '' : label.slice(prefix.length);
	} catch {
		return '';
	}
}
