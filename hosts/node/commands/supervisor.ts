import type { Logger } from '../../../app/logging/logger.ts';
import { type ChildCommand, type ChildProgram, startChild } from './child-program.ts';

const FIRST_BACKOFF_MS = 500;
const LAST_BACKOFF_MS = 30_000;
/** A child that ran this long starts over with the first backoff. */
const HEALTHY_AFTER_MS = 60_000;

/** Keeps one child running: starts it again, with growing pauses, whenever it ends on its own. */
export class Supervisor {
	private child: ChildProgram | undefined;
	private stopping = false;
	private wake: (() => void) | undefined;
	private watching: Promise<void> | undefined;
	restarts = 0;

	/** Command of the next start; it sees what the first start made known (a port). */
	private readonly command: () => ChildCommand;
	private readonly log: Logger;
	private readonly onStart: (child: ChildProgram) => void;

	constructor(command: () => ChildCommand, log: Logger, onStart: (child: ChildProgram) => void) {
		this.command = command;
		this.log = log;
		this.onStart = onStart;
	}

	/** The first start; its failure is the caller's. */
	async start(): Promise<ChildProgram> {
		const child = await startChild(this.command());
		this.adopt(child);
		this.watching = this.watch(child);
		return child;
	}

	async stop(): Promise<void> {
		this.stopping = true;
		this.wake?.();
		await this.child?.stop();
		await this.watching;
	}

	private adopt(child: ChildProgram): void {
		this.child = child;
		this.onStart(child);
	}

	private async watch(first: ChildProgram): Promise<void> {
		let child: ChildProgram | undefined = first;
		let backoff = FIRST_BACKOFF_MS;
		while (!this.stopping) {
			if (child) {
				const started = Date.now();
				const how = await child.ended;
				if (this.stopping) return;
				if (Date.now() - started > HEALTHY_AFTER_MS) backoff = FIRST_BACKOFF_MS;
				this.log.error(`${this.command().name} ended (${how}); it is started again in ${backoff / 1000} s`);
			}
			await this.pause(backoff);
			if (this.stopping) return;
			backoff = Math.min(backoff * 2, LAST_BACKOFF_MS);
			this.restarts++;
			try {
				child = await startChild(this.command());
				// stop() may have been called while the child was starting.
				if (this.stopping) return await child.stop();
				this.adopt(child);
				this.log.info(`${this.command().name} runs again`, { pid: child.pid });
			} catch (error) {
				child = undefined;
				this.log.error(`${(error as Error).message}; next try in ${backoff / 1000} s`);
			}
		}
	}

	private pause(ms: number): Promise<void> {
		return new Promise((resolve) => {
			const timer = setTimeout(resolve, ms);
			this.wake = () => {
				clearTimeout(timer);
				resolve();
			};
		});
	}
}
