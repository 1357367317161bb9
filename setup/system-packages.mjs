import { existsSync, readFileSync } from 'node:fs';

// What the product and its tests need from the distribution, by what each piece gives and its name on each family.
// `file` is looked for first, so that a tool from elsewhere (an image, a toolchain) counts too.
const PIECES = {
	product: [
		{
			files: ['/usr/bin/clang'],
			debian: 'clang',
			fedora: 'clang',
			suse: 'clang',
			arch: 'clang',
			alpine: 'clang',
		},
		{
			files: ['/usr/bin/llvm-strip', '/usr/bin/llvm-strip-14'],
			debian: 'llvm',
			fedora: 'llvm',
			suse: 'llvm',
			arch: 'llvm',
			alpine: 'llvm',
		},
		{
			files: ['/usr/include/bpf/libbpf.h'],
			debian: 'libbpf-dev',
			fedora: 'libbpf-static',
			suse: 'libbpf-devel',
			arch: 'libbpf',
			alpine: 'libbpf-dev',
		},
		{
			files: ['/usr/include/libelf.h'],
			debian: 'libelf-dev',
			fedora: 'elfutils-libelf-devel-static',
			suse: 'libelf-devel',
			arch: 'libelf',
			alpine: 'elfutils-dev',
		},
		{
			files: ['/usr/include/zlib.h'],
			debian: 'zlib1g-dev',
			fedora: 'zlib-devel',
			suse: 'zlib-devel',
			arch: 'zlib',
			alpine: 'zlib-dev',
		},
		{
			files: ['/usr/bin/g++'],
			debian: 'g++',
			fedora: 'gcc-c++',
			suse: 'gcc-c++',
			arch: 'gcc',
			alpine: 'g++',
		},
		{
			files: ['/usr/bin/objcopy'],
			debian: 'binutils',
			fedora: 'binutils',
			suse: 'binutils',
			arch: 'binutils',
			alpine: 'binutils',
		},
	],
	// Only for the command that is printed: on Debian they are unpacked, not installed.
	demo: [
		{
			files: ['/usr/bin/postgres', '/usr/lib/postgresql'],
			debian: 'postgresql',
			fedora: 'postgresql-server',
			suse: 'postgresql-server',
			arch: 'postgresql',
			alpine: 'postgresql',
		},
		{
			files: ['/usr/bin/redis-server', '/usr/bin/valkey-server'],
			debian: 'redis-server',
			fedora: 'valkey',
			suse: 'redis',
			arch: 'valkey',
			alpine: 'redis',
		},
	],
	tests: [
		{ files: ['/usr/sbin/runc', '/usr/bin/runc'], debian: 'runc' },
		{ files: ['/usr/sbin/ip', '/sbin/ip', '/bin/ip'], debian: 'iproute2' },
		{ files: ['/usr/bin/chromium'], debian: 'chromium' },
		{ files: ['/usr/sbin/nginx'], debian: 'nginx-light' },
		{ files: ['/usr/bin/wrk'], debian: 'wrk' },
		{ files: ['/usr/bin/tmux'], debian: 'tmux' },
	],
};

const INSTALL = {
	debian: 'apt-get install -y --no-install-recommends',
	fedora: 'dnf install -y',
	suse: 'zypper install -y',
	arch: 'pacman -S --needed',
	alpine: 'apk add',
};

/** The newest kernel of each distribution, all of which have BTF; it runs after a reboot. */
const KERNEL = {
	debian: 'apt-get install -y linux-image-amd64',
	fedora: 'dnf upgrade -y kernel',
	suse: 'zypper install -y kernel-default',
	arch: 'pacman -S --needed linux',
	alpine: 'apk add linux-lts',
};
const ARM_KERNEL = { ...KERNEL, debian: 'apt-get install -y linux-image-arm64' };
const UBUNTU_KERNEL = 'apt-get install -y linux-generic';

/** What is asked of the machine; tests answer in its place. */
const thisMachine = {
	exists: existsSync,
	osRelease: () => (existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''),
	isRoot: () => process.getuid?.() === 0,
};

/** 'debian', 'fedora', 'suse', 'arch', 'alpine' or null, from the text of os-release. */
function family(text) {
	const words = [...text.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].flatMap((match) => match[1].split(' '));
	const alias = { ubuntu: 'debian', rhel: 'fedora', centos: 'fedora', opensuse: 'suse' };
	return words.map((word) => alias[word] ?? word).find((word) => word in INSTALL) ?? null;
}

/**
 * Packages of `groups` ('product', 'demo', 'tests') that are missing here, and the command that installs them.
 * `command` is null where the distribution is not known; `automatic` is true on Debian as root.
 */
export function missingPackages(groups, machine = thisMachine) {
	const distribution = family(machine.osRelease());
	const pieces = groups.flatMap((group) => PIECES[group]);
	const missing = pieces.filter((piece) => !piece.files.some((file) => machine.exists(file)));
	const names = missing.map((piece) => piece[distribution ?? 'debian'] ?? piece.debian);
	const root = machine.isRoot();
	return {
		names,
		command:
			distribution && names.length
				? `${root ? '' : 'sudo '}${INSTALL[distribution]} ${names.join(' ')}`
				: null,
		automatic: distribution === 'debian' && root,
	};
}

/** The command that installs a newer kernel here and starts it; null where the distribution is not known. */
export function kernelCommand(machine = thisMachine) {
	const text = machine.osRelease();
	const distribution = family(text);
	if (distribution === null) return null;
	const known = (process.arch === 'arm64' ? ARM_KERNEL : KERNEL)[distribution];
	const sudo = machine.isRoot() ? '' : 'sudo ';
	return `${sudo}${/^ID=ubuntu$/m.test(text) ? UBUNTU_KERNEL : known} && ${sudo}reboot`;
}
