import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FALSE_CLOCK_PACKAGES, unpackDebian } from '../../setup/debian-packages.mjs';
import { root } from './product.ts';

/** A wall clock that jumps, for programs that are started with `env`; their monotonic clock goes on as it is. */
export class FalseClock {
	private readonly dir = mkdtempSync(join(tmpdir(), 'codexray-clock-'));
	private readonly file = join(this.dir, 'offset');
	private readonly library: string;

	private constructor(library: string) {
		this.library = library;
		this.jump(0);
	}

	static async create(): Promise<FalseClock> {
		const folder = join((await unpackDebian(root, 'false-clock', FALSE_CLOCK_PACKAGES)) as string, 'usr/lib');
		const library = 'faketime/libfaketime.so.1';
		const machine = readdirSync(folder).find((each) => each.endsWith('-linux-gnu'));
		return new FalseClock(join(folder, machine ?? '', library));
	}

	get env(): NodeJS.ProcessEnv {
		return {
			LD_PRELOAD: this.library,
			FAKETIME_TIMESTAMP_FILE: this.file,
			FAKETIME_NO_CACHE: '1',
			FAKETIME_DONT_FAKE_MONOTONIC: '1',
			DONT_FAKE_MONOTONIC: '1',
		};
	}

	/** From now on the programs see the true time and so many seconds more. */
	jump(seconds: number): void {
		const made = `${this.file}.new`;
		writeFileSync(made, `${seconds < 0 ? '' : '+'}${seconds}\n`);
		renameSync(made, this.file);
	}

	remove(): void {
		rmSync(this.dir, { recursive: true, force: true });
	}
}
