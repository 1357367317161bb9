import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Top of the checkout. */
export const rootDir = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

export const buildDir = join(rootDir, 'build');
export const denoBinary = join(rootDir, 'node_modules', '.bin', 'deno');
/** The pinned Node; on Deno it runs the embedded engine. */
export const nodeBinary = join(rootDir, 'node_modules', 'node', 'bin', 'node');
