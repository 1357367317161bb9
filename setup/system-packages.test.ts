import { expect, test } from 'vitest';
import { kernelCommand, missingPackages } from './system-packages.mjs';

const machine = (osRelease: string, there: string[], root = true) => ({
	exists: (path: unknown) => there.includes(String(path)),
	osRelease: () => osRelease,
	isRoot: () => root,
});
const EVERYTHING_BUT_CLANG = [
	'/usr/bin/llvm-strip',
	'/usr/include/bpf/libbpf.h',
	'/usr/include/libelf.h',
	'/usr/include/zlib.h',
	'/usr/bin/g++',
	'/usr/bin/objcopy',
];

test('nothing is asked for where all is there', () => {
	const { names, command } = missingPackages(
		['product'],
		machine('ID=debian', ['/usr/bin/clang', ...EVERYTHING_BUT_CLANG]),
	);
	expect(names).toEqual([]);
	expect(command).toBeNull();
});

test.each([
	['ID=debian\n', true, 'apt-get install -y --no-install-recommends clang', true],
	['ID=ubuntu\nID_LIKE=debian\n', true, 'apt-get install -y --no-install-recommends clang', true],
	['ID=debian\n', false, 'sudo apt-get install -y --no-install-recommends clang', false],
	['ID="rocky"\nID_LIKE="rhel centos fedora"\n', true, 'dnf install -y clang', false],
	['ID="opensuse-leap"\nID_LIKE="suse opensuse"\n', true, 'zypper install -y clang', false],
	['ID=arch\n', true, 'pacman -S --needed clang', false],
	['ID=alpine\n', true, 'apk add clang', false],
])('%j as root %s: %s', (osRelease, root, command, automatic) => {
	const missing = missingPackages(['product'], machine(osRelease, EVERYTHING_BUT_CLANG, root));
	expect(missing).toEqual({ names: ['clang'], command, automatic });
});

test('an unknown distribution is told the Debian names, and nothing is installed', () => {
	const missing = missingPackages(['product'], machine('ID=plan9\n', EVERYTHING_BUT_CLANG));
	expect(missing).toEqual({ names: ['clang'], command: null, automatic: false });
});

test.each([
	['ID=debian\n', true, /^apt-get install -y linux-image-(amd64|arm64) && reboot$/],
	['ID=debian\n', false, /^sudo apt-get install -y linux-image-(amd64|arm64) && sudo reboot$/],
	['ID=ubuntu\nID_LIKE=debian\n', true, /^apt-get install -y linux-generic && reboot$/],
	['ID="rocky"\nID_LIKE="rhel centos fedora"\n', true, /^dnf upgrade -y kernel && reboot$/],
	['ID=arch\n', true, /^pacman -S --needed linux && reboot$/],
	['ID=alpine\n', true, /^apk add linux-lts && reboot$/],
])('a newer kernel on %j as root %s', (osRelease, root, command) => {
	expect(kernelCommand(machine(osRelease, [], root))).toMatch(command);
});

test('no kernel is named for an unknown distribution', () => {
	expect(kernelCommand(machine('ID=plan9\n', []))).toBeNull();
});
