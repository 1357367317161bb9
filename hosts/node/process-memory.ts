/** How little memory the product's processes take. */

import { setFlagsFromString } from 'node:v8';
import { loadKernelAddon } from './events/kernel-addon.ts';

/** By then the first takes are done and what only a start needs has run. */
const RELEASE_AFTER_MS = 30_000;

/**
 * How the engine's heaps grow, of every thread. The space of young objects stays at the 1 MiB that it starts with: an
 * agent makes few objects, and it would grow to 16 MiB. That of old ones is collected when it has grown by a third.
 */
const HEAP_FLAGS = ['--semi-space-growth-factor=1', '--heap-growing-percent=33'];

/** The space of young objects stays as large as the start made it: it would grow to 64 MiB and more, and hardly less would be copied. */
export function keepYoungSpaceSmall(): void {
	setFlagsFromString('--semi-space-growth-factor=1');
}

/** Call it first: it bounds what the start takes. Without the addon nothing is given back. */
export function keepMemoryLow(buildDir: string): void {
	for (const flag of HEAP_FLAGS) setFlagsFromString(flag);
	try {
		const { memory } = loadKernelAddon(buildDir);
		memory.keepLittle();
		setTimeout(() => memory.release(), RELEASE_AFTER_MS).unref();
	} catch {
		// The features that need the addon say why it is not there.
	}
}
