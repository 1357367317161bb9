/** How little memory the agent's process takes. */

import { setFlagsFromString } from 'node:v8';
import { loadKernelAddon } from './events/kernel-addon.ts';

/** By then the first takes are done and what only a start needs has run. */
const RELEASE_AFTER_MS = 30_000;

/**
 * Call it first: it bounds what the start takes. The space of young objects stays at the 1 MiB that it starts with,
 * of every thread: an agent makes few objects, and the engine would let it grow to 16 MiB. Without the addon nothing
 * is given back.
 */
export function keepMemoryLow(buildDir: string): void {
	setFlagsFromString('--semi-space-growth-factor=1');
	try {
		const { memory } = loadKernelAddon(buildDir);
		memory.keepLittle();
		setTimeout(() => memory.release(), RELEASE_AFTER_MS).unref();
	} catch {
		// The features that need the addon say why it is not there.
	}
}
