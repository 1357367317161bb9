/** The lists that Podman keeps of its containers; see https://github.com/containers/storage, `Container` in containers.go. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { HostFiles } from '../../../app/node-agent/node/host-files.ts';
import { HOST_ROOTS, NodeHostFiles } from '../procfs/procfs.ts';
import { text } from './runtime-socket.ts';

const CONFIGS = ['/etc/containers/storage.conf', '/usr/share/containers/storage.conf'];
const DEFAULT_ROOT = '/var/lib/containers/storage';
/** Containers that stay when they end, and those of `podman run --rm`. */
const LISTS = ['containers.json', 'volatile-containers.json'];
/** A container takes some 700 bytes of a list; a longer one is not read. */
const MAX_LIST = 16 << 20;

type Names = ReadonlyMap<string, { name: string; image: string }>;

/** What a list held when it was read. */
interface ReadList {
	/** Another file, or one that was written since, has another. */
	version: string;
	names: Names;
}

export class PodmanStorage {
	readonly #root: string;
	/** By path; one for each list of each storage driver. */
	readonly #read = new Map<string, ReadList>();

	/** @param root path of the node; undefined: what its storage.conf says */
	constructor(root?: string, host: HostFiles = new NodeHostFiles()) {
		this.#root = root ?? configuredRoot(host);
	}

	/** Where it lies, as this process can open it; undefined: there is none. */
	place(): string | undefined {
		return HOST_ROOTS.map((root) => join(root, this.#root)).find((path) => existsSync(path));
	}

	/** Name and image of a container; undefined: no list has it. Throws where a list cannot be read, or is none. */
	find(id: string): { name: string; image: string } | undefined {
		const place = this.place();
		if (place === undefined) return undefined;
		for (const folder of readdirSync(place)) {
			// One for each storage driver: overlay-containers, vfs-containers.
			if (!/^[a-z]+-containers$/.test(folder)) continue;
			for (const list of LISTS) {
				const found = this.#names(join(place, folder, list)).get(id);
				if (found !== undefined) return found;
			}
		}
		return undefined;
	}

	#names(path: string): Names {
		const status = statSync(path, { bigint: true, throwIfNoEntry: false });
		if (status === undefined) return new Map();
		const { ino, size, mtimeNs } = status;
		const version = `${ino} ${size} ${mtimeNs}`;
		const known = this.#read.get(path);
		if (known?.version === version) return known.names;
		if (size > MAX_LIST) throw new Error(`${path} has ${size} bytes, more than ${MAX_LIST}`);
		const names = parseList(path, readFileSync(path, 'utf8'));
		this.#read.set(path, { version, names });
		return names;
	}
}

function parseList(path: string, words: string): Names {
	let list: unknown;
	try {
		// One that was never written to is empty.
		list = words === '' ? [] : JSON.parse(words);
	} catch (error) {
		throw new Error(`${path}: ${(error as Error).message}`);
	}
	if (!Array.isArray(list)) throw new Error(`${path} holds no list`);
	const names = new Map<string, { name: string; image: string }>();
	for (const each of list as { id?: unknown; names?: unknown; metadata?: unknown }[]) {
		const name = Array.isArray(each?.names) ? text(each.names[0]) : '';
		if (typeof each?.id === 'string' && name !== '')
			names.set(each.id, { name, image: imageOf(each.metadata) });
	}
	return names;
}

/** Podman's own words stand in the list as text. */
function imageOf(metadata: unknown): string {
	try {
		return text(JSON.parse(text(metadata))?.['image-name']);
	} catch {
		return '';
	}
}

/** Source: containers-storage.conf(5). */
function configuredRoot(host: HostFiles): string {
	for (const path of CONFIGS) {
		const config = host.read(path);
		if (config === undefined) continue;
		return /^\s*graphroot\s*=\s*["']([^"'\n]+)["']/m.exec(config)?.[1] ?? DEFAULT_ROOT;
	}
	return DEFAULT_ROOT;
}
