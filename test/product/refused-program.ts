import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './product.ts';

const ARCHITECTURE = process.arch === 'arm64' ? 'arm64' : 'x86';

/** A build directory in which one BPF program writes where no verifier lets it. */
export class RefusedProgram {
	readonly buildDir = mkdtempSync(join(tmpdir(), 'codexray-refused-'));

	/** @param object name of its source, `sockets` for bpf/sockets.bpf.c */
	constructor(object: string, program: string) {
		for (const part of ['addon', 'core']) symlinkSync(join(root, 'build', part), join(this.buildDir, part));
		cpSync(join(root, 'build/bpf'), join(this.buildDir, 'bpf'), { recursive: true });
		const source = readFileSync(join(root, 'bpf', `${object}.bpf.c`), 'utf8');
		const spoilt = source.replace(
			new RegExp(`(int (?:BPF_PROG\\()?${program}[(,][^{]*\\{)`),
			'$1 *(volatile int *)8 = 1;',
		);
		if (spoilt === source) throw new Error(`BUG: no program ${program} in ${object}.bpf.c`);
		mkdirSync(join(this.buildDir, 'source'));
		const file = join(this.buildDir, 'source', `${object}.bpf.c`);
		writeFileSync(file, spoilt);
		const flags = ['-O2', '-g', '-target', 'bpf', '-mcpu=v3', `-D__TARGET_ARCH_${ARCHITECTURE}`, '-w'];
		const out = join(this.buildDir, 'bpf', `${object}.bpf.o`);
		execFileSync('clang', [...flags, `-I${join(root, 'bpf')}`, '-c', file, '-o', out]);
	}

	remove(): void {
		rmSync(this.buildDir, { recursive: true, force: true });
	}
}
