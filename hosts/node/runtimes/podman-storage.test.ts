import { mkdirSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PodmanStorage } from './podman-storage.ts';

let dir: string;
beforeEach(() => {
	dir = mkdtempSync(join(tmpdir(), 'codexray-podman-storage-'));
	for (const driver of ['overlay', 'vfs']) mkdirSync(join(dir, `${driver}-containers`));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const id = (digit: string) => digit.repeat(64);
const entry = (digit: string, name: string, image = '') => ({
	...{ id: id(digit), names: [name], image: 'f00d', layer: 'cafe' },
	metadata: JSON.stringify({ 'image-name': image, name }),
});
/** As Podman does it: a new file in the place of the old one. */
function write(list: string, content: unknown): string {
	const path = join(dir, list);
	writeFileSync(`${path}.new`, typeof content === 'string' ? content : JSON.stringify(content));
	renameSync(`${path}.new`, path);
	return path;
}

test('containers that stay and those that go with their end, of every driver', () => {
	write('overlay-containers/containers.json', [entry('a', 'web', 'docker.io/library/nginx:1')]);
	write('overlay-containers/volatile-containers.json', [entry('b', 'job')]);
	write('vfs-containers/containers.json', [entry('c', 'old')]);
	const storage = new PodmanStorage(dir);
	expect(storage.find(id('a'))).toEqual({ name: 'web', image: 'docker.io/library/nginx:1' });
	expect(storage.find(id('b'))).toEqual({ name: 'job', image: '' });
	expect(storage.find(id('c'))).toEqual({ name: 'old', image: '' });
	expect(storage.find(id('d'))).toBeUndefined();
});

test('a container that came after the list was read', () => {
	const storage = new PodmanStorage(dir);
	write('overlay-containers/containers.json', [entry('a', 'web')]);
	expect(storage.find(id('b'))).toBeUndefined();
	write('overlay-containers/containers.json', [entry('a', 'web'), entry('b', 'late')]);
	expect(storage.find(id('b'))?.name).toBe('late');
	write('overlay-containers/containers.json', '');
	expect(storage.find(id('a'))).toBeUndefined();
});

test('entries that say no name are left out, the others are there', () => {
	write('overlay-containers/containers.json', [
		...[null, 7, {}, { id: id('a') }, { id: id('b'), names: [9] }, { id: 3, names: ['x'] }],
		...[
			{ id: id('c'), names: ['web'], metadata: '{' },
			{ id: id('e'), names: ['api'], metadata: 'null' },
		],
	]);
	const storage = new PodmanStorage(dir);
	expect(storage.find(id('a'))).toBeUndefined();
	expect(storage.find(id('b'))).toBeUndefined();
	expect(storage.find(id('c'))).toEqual({ name: 'web', image: '' });
	expect(storage.find(id('e'))).toEqual({ name: 'api', image: '' });
});

test('no storage, no list, one that is too long', () => {
	expect(new PodmanStorage(join(dir, 'absent')).find(id('a'))).toBeUndefined();
	expect(new PodmanStorage(join(dir, 'absent')).place()).toBeUndefined();
	const path = write('overlay-containers/containers.json', '{}');
	expect(() => new PodmanStorage(dir).find(id('a'))).toThrow(/containers\.json holds no list/);
	write('overlay-containers/containers.json', '[{');
	expect(() => new PodmanStorage(dir).find(id('a'))).toThrow(/containers\.json: /);
	truncateSync(path, (16 << 20) + 1);
	expect(() => new PodmanStorage(dir).find(id('a'))).toThrow(/more than 16777216/);
});

test('where storage.conf says that it lies', () => {
	write('overlay-containers/containers.json', [entry('a', 'web')]);
	const host = (files: Record<string, string>) => ({ read: (path: string) => files[path] });
	const config = `# graphroot = "/nowhere"\n[storage]\ndriver = "overlay"\ngraphroot = "${dir}"\n`;
	const find = (files: Record<string, string>) => new PodmanStorage(undefined, host(files)).find(id('a'));
	expect(find({ '/usr/share/containers/storage.conf': config })?.name).toBe('web');
	const own = { '/etc/containers/storage.conf': config, '/usr/share/containers/storage.conf': '' };
	expect(find(own)?.name).toBe('web');
});
