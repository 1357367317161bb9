import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** What a bench started; all of it ends with `stop`. */
export class Programs {
	readonly #children = new Set<ChildProcess>();

	/** Output and errors go to `onOutput`, or nowhere. */
	start(
		command: string,
		words: string[],
		o: {
			onOutput?: (chunk: Uint8Array) => void;
			env?: NodeJS.ProcessEnv;
			user?: { uid: number; gid: number };
			cwd?: string;
		} = {},
	): ChildProcess {
		const take = o.onOutput ? 'pipe' : 'ignore';
		const child = spawn(command, words, {
			stdio: ['ignore', take, take],
			env: o.env ?? process.env,
			...(o.cwd ? { cwd: o.cwd } : {}),
			...o.user,
		});
		if (o.onOutput) {
			child.stdout?.on('data', o.onOutput);
			child.stderr?.on('data', o.onOutput);
		}
		this.#children.add(child);
		child.once('exit', () => this.#children.delete(child));
		return child;
	}

	/** Runs to its end; throws when it fails. */
	async run(command: string, words: string[], o: Parameters<Programs['start']>[2] = {}): Promise<void> {
		let output = '';
		const child = this.start(command, words, {
			onOutput: (chunk) => {
				output = (output + Buffer.from(chunk).toString()).slice(-2000);
			},
			...o,
		});
		const [code] = await once(child, 'close');
		if (code !== 0) throw new Error(`${command} ${words.join(' ')}: ${code}\n${output}`);
	}

	async end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
		if (child.exitCode !== null || child.signalCode !== null) return;
		const ended = once(child, 'exit');
		child.kill(signal);
		await ended;
	}

	async stop(): Promise<void> {
		await Promise.all([...this.#children].map((child) => this.end(child, 'SIGKILL')));
	}
}
