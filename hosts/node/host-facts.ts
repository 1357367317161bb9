/** What this host lets the agent do, and the commands that would let it do more. */

import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { HostFacts } from '../../app/node-agent/diagnosis.ts';
import { ownCommand } from './commands/own-command.ts';
import { rootDir } from './commands/paths.ts';

const BTF = '/sys/kernel/btf/vmlinux';
const PARTS = [
	'addon/codexray.node',
	...['sockets', 'process', 'profile'].map((name) => `bpf/${name}.bpf.o`),
];

/** setup/system-packages.mjs; a package from npm comes without it, and with everything built. */
interface SystemPackages {
	missingPackages(groups: string[]): { command: string | null };
	kernelCommand(): string | null;
}

/** @param command what needs more rights than it has */
export async function readHostFacts(buildDir: string, command = ownCommand()): Promise<HostFacts> {
	const packages = await systemPackages();
	const tools = packages?.missingPackages(['product']).command;
	return {
		built: PARTS.every((part) => existsSync(join(buildDir, part))),
		capabilities: effectiveCapabilities(),
		btf: existsSync(BTF),
		kernel: release(),
		commands: {
			build: packages ? [...(tools ? [tools] : []), setupCommand()].join(' && ') : null,
			elevate: `sudo ${command}`,
			kernel: packages?.kernelCommand() ?? null,
			report: `${ownCommand('doctor')} --json > doctor.json`,
		},
	};
}

/** What builds and installs all that this program is made of. */
export function setupCommand(): string {
	return existsSync(join(rootDir, 'setup')) ? `npm run setup --prefix ${rootDir}` : 'npm install codexray';
}

async function systemPackages(): Promise<SystemPackages | undefined> {
	const file = join(rootDir, 'setup', 'system-packages.mjs');
	if (!existsSync(file)) return undefined;
	return (await import(pathToFileURL(file).href)) as SystemPackages;
}

/** Source: proc(5), CapEff of /proc/PID/status. */
function effectiveCapabilities(): bigint {
	try {
		const found = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
		return found === undefined ? 0n : BigInt(`0x${found}`);
	} catch {
		return 0n;
	}
}
