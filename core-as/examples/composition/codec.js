import { readFile } from 'node:fs/promises';
import { instantiate } from '@codexray/core/components/codec.js';

// What the other component imports: the interfaces of an instance of ours, by their names.

const file = new URL(import.meta.resolve('@codexray/core/components/codec.core.wasm'));
const module = await WebAssembly.compile(await readFile(file));
export const { snappy } = instantiate(() => module, {});
