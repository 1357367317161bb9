/** From how a runtime answered to what that means for the names of its containers, and what a person can do about it. */

import type { RuntimeName } from './container-runtime.ts';

/** What was found of a runtime on this node. */
export interface RuntimeAnswer {
	runtime: RuntimeName;
	/** Path of what was asked; undefined: nothing is there. */
	place: string | undefined;
	/** Why it did not answer. */
	error?: Error;
}

export interface RuntimeStatus {
	runtime: RuntimeName;
	/** `absent`: not on this node, or not where it was looked for. */
	state: 'answers' | 'refused' | 'absent';
	place: string | null;
	/** Why it was refused, in the words of the system. */
	reason: string | null;
	/** What that means for its containers. */
	means: string;
	/** What helps, with the command or option; null where nothing has to. */
	help: string | null;
}

const SERVICES: Readonly<Record<RuntimeName, string>> = {
	docker: 'docker',
	containerd: 'containerd',
	crio: 'crio',
	podman: 'podman.socket',
};

/** @param elevate runs the program as root */
export function diagnoseRuntime({ runtime, place, error }: RuntimeAnswer, elevate: string): RuntimeStatus {
	if (place === undefined)
		return {
			...{ runtime, state: 'absent', place: null, reason: null },
			means: `If there are containers of it, they are named by the digits of their ids: ${digits(runtime)}.`,
			help: `Where it lies elsewhere: ${options(runtime)}.`,
		};
	if (error === undefined)
		return {
			...{ runtime, state: 'answers', place, reason: null },
			means: 'Its containers have their names.',
			help: null,
		};
	return {
		...{ runtime, state: 'refused', place, reason: error.message },
		means: `Its containers are named by the digits of their ids: ${digits(runtime)}.`,
		help: helpOn(runtime, (error as NodeJS.ErrnoException).code, elevate),
	};
}

function helpOn(runtime: RuntimeName, code: string | undefined, elevate: string): string {
	if (code === 'EACCES' || code === 'EPERM') return `Root may ask it: ${elevate}`;
	if (code === 'ECONNREFUSED') return `Nobody listens there: systemctl start ${SERVICES[runtime]}`;
	return `What answers there may be another program. Where it lies elsewhere: ${options(runtime)}.`;
}

function digits(runtime: RuntimeName): string {
	return `/${runtime}/0123456789ab`;
}

function options(runtime: RuntimeName): string {
	const variable = `CODEXRAY_${runtime.toUpperCase()}_SOCKET=PATH`;
	const socket = `--${runtime}-socket PATH of the node agent, ${variable} before codexray up`;
	return runtime === 'podman' ? `${socket}, or --podman-root DIR, CODEXRAY_PODMAN_ROOT=DIR` : socket;
}
