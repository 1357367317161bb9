/** Where runtimes tell what their containers are called, when it is not where they usually do. */

import type { Option, OptionValues } from '../../command-line/options.ts';

/** Paths of the node; undefined: the usual ones. */
export interface RuntimePlaces {
	/** Sockets. */
	docker: string | undefined;
	containerd: string | undefined;
	crio: string | undefined;
	podman: string | undefined;
	/** Podman's own storage, where its lists of containers lie. */
	podmanRoot: string | undefined;
}

/** Of one option: its name in capitals, and that with CODEXRAY_ before it, which wins. */
export function optionVariables(flag: string): [string, string] {
	const name = flag.toUpperCase().replaceAll('-', '_');
	return [`CODEXRAY_${name}`, name];
}

export const RUNTIME_OPTIONS: readonly Option[] = [
	{ flag: 'docker-socket', value: 'PATH', help: 'where dockerd answers, instead of /run/docker.sock' },
	{ flag: 'containerd-socket', value: 'PATH', help: 'where containerd answers, instead of its usual paths' },
	{ flag: 'crio-socket', value: 'PATH', help: 'where CRI-O answers, instead of /run/crio/crio.sock' },
	{
		flag: 'podman-socket',
		value: 'PATH',
		help: 'where the API of Podman answers, instead of /run/podman/podman.sock',
	},
	{
		flag: 'podman-root',
		value: 'DIR',
		help: 'where Podman keeps its containers, instead of the graphroot of storage.conf',
	},
].map((option) => ({ ...option, env: optionVariables(option.flag) }));

export function runtimePlaces(values: OptionValues): RuntimePlaces {
	return {
		docker: values.one('docker-socket'),
		containerd: values.one('containerd-socket'),
		crio: values.one('crio-socket'),
		podman: values.one('podman-socket'),
		podmanRoot: values.one('podman-root'),
	};
}
