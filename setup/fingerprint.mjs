import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// A step is done again only when the bytes of its inputs changed: the fingerprint of the inputs lies beside the outputs.

function addPath(hash, root, path) {
	const full = join(root, path);
	let entries;
	try {
		entries = readdirSync(full, { withFileTypes: true });
	} catch {
		hash.update(`${path}\0`);
		if (existsSync(full)) hash.update(readFileSync(full));
		return;
	}
	for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
		if (entry.name === 'node_modules' || /\.test\.ts$/.test(entry.name)) continue;
		addPath(hash, root, join(path, entry.name));
	}
}

/** SHA-256 over the names and contents of `inputs` (files or folders, relative to `root`) and `words`. */
export function fingerprint(root, inputs, words = []) {
	const hash = createHash('sha256');
	for (const word of words) hash.update(`${word}\0`);
	for (const input of inputs) addPath(hash, root, input);
	return hash.digest('hex');
}

const stampFile = (root, name) => join(root, 'build', '.fingerprints', name);

/** True where step `name` was last done with exactly these inputs and its outputs are still there. */
export function isCurrent(root, name, print, outputs) {
	const file = stampFile(root, name);
	return (
		existsSync(file) &&
		readFileSync(file, 'utf8') === print &&
		outputs.every((output) => existsSync(join(root, output)))
	);
}

/** Remembers that step `name` is done. */
export function markCurrent(root, name, print) {
	mkdirSync(join(root, 'build', '.fingerprints'), { recursive: true });
	writeFileSync(stampFile(root, name), print);
}

/** Forgets it, before the step starts: a step cut short is done again. */
export function forget(root, name) {
	rmSync(stampFile(root, name), { force: true });
}
