import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { remoteWriteBody } from '../../app/server/testing/remote-write-body.ts';
import { createCodec } from '../../core-as/facade/codec.ts';
import { builtModules } from '../../core-as/testing/modules.ts';
import { plainEnv } from '../product/plain-env.ts';
import { root } from '../product/product.ts';
import { pythonWith } from '../programs/python.ts';

/** Pinned; docs/core.md and the example name it too. */
export const WASMTIME = '49.0.0';

/** The examples of the core in a folder in which the package is installed, as somebody has them who has no checkout. */
export class CoreExamples {
	readonly dir: string;

	/** `dir` has `node_modules/@codexray/core`. */
	constructor(dir: string) {
		this.dir = dir;
		cpSync(join(root, 'core-as/examples'), dir, { recursive: true });
	}

	/** A remote-write request with one series that breaks the specification. */
	async node(): Promise<SpawnSyncReturns<string>> {
		const body = remoteWriteBody([
			{
				labels: { __name__: 'up', job: 'größe' },
				samples: [
					[1_700_000_000_000, 1],
					[1_700_000_015_000, 0.5],
				],
			},
			{ labels: { job: 'nameless' }, samples: [[1_700_000_000_000, 3]] },
		]);
		writeFileSync(join(this.dir, 'request.snappy'), createCodec(await builtModules()).snappyCompress(body));
		return this.#run(process.execPath, ['node.mjs', 'request.snappy']);
	}

	deno(log: string): SpawnSyncReturns<string> {
		writeFileSync(join(this.dir, 'app.log'), log);
		const deno = join(root, 'node_modules/.bin/deno');
		return this.#run(deno, [
			'run',
			'--quiet',
			'--check',
			'--no-prompt',
			'--allow-read',
			'deno.ts',
			'app.log',
		]);
	}

	/** Builds the component that uses ours, with the tools of the checkout, and asks it. */
	composition(text: string): SpawnSyncReturns<string> {
		symlinkSync(
			join(root, 'node_modules/@bytecodealliance'),
			join(this.dir, 'node_modules/@bytecodealliance'),
		);
		const dir = join(this.dir, 'composition');
		const built = this.#run(process.execPath, ['build.mjs'], dir);
		if (built.status !== 0) return built;
		const ask = `import('./built/ratio.js').then(({ ratio }) => console.log(ratio(${JSON.stringify(text)})))`;
		return this.#run(process.execPath, ['-e', ask], dir);
	}

	wasmtime(): SpawnSyncReturns<string> {
		const python = pythonWith(`wasmtime/python-${WASMTIME}`, [`wasmtime==${WASMTIME}`]);
		const component = 'node_modules/@codexray/core/components/store.component.wasm';
		return this.#run(python, ['wasmtime_chunks.py', component]);
	}

	/** The folder of the page with the package below it, as its import map wants it. */
	page(): string {
		const dir = join(this.dir, 'pprof-page');
		mkdirSync(join(dir, 'node_modules/@codexray'), { recursive: true });
		cpSync(join(this.dir, 'node_modules/@codexray/core'), join(dir, 'node_modules/@codexray/core'), {
			recursive: true,
		});
		return dir;
	}

	#run(command: string, words: string[], cwd = this.dir): SpawnSyncReturns<string> {
		return spawnSync(command, words, { cwd, env: plainEnv(), encoding: 'utf8' });
	}
}
