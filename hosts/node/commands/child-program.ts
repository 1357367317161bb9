import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A program that runs beside the command and has said that it is ready. */
export interface ChildProgram {
	pid: number;
	/** The JSON object of its first line. */
	ready: Record<string, unknown>;
	/** Resolves with words for how it ended. */
	ended: Promise<string>;
	/** SIGTERM, and SIGKILL after ten seconds; resolves when it is gone. */
	stop(): Promise<void>;
}

export interface ChildCommand {
	name: string;
	command: string;
	args: string[];
	env?: NodeJS.ProcessEnv;
	/** How long it may take until it is ready. */
	readyWithinMs?: number;
}

const STOP_WITHIN_MS = 10_000;

/**
 * Starts a program and waits for its first line on stdout, which is a JSON object; later lines pass through.
 * Its stdin stays open as long as this process lives: a child ends when its stdin does, so none outlives us.
 * It gets a process group of its own, so that Ctrl-C reaches only us and we stop the children in order.
 */
export async function startChild(given: ChildCommand): Promise<ChildProgram> {
	const child = spawn(given.command, given.args, {
		stdio: ['pipe', 'pipe', 'inherit'],
		env: given.env ?? process.env,
		detached: true,
	});
	const ended = new Promise<string>((resolve) => {
		child.on('error', (error) => resolve(error.message));
		child.on('exit', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`));
	});
	child.stdin!.on('error', () => {});
	const ready = await firstObject(child, given, ended);
	return { pid: child.pid!, ready, ended, stop: () => stopChild(child, ended) };
}

async function firstObject(
	child: ChildProcess,
	given: ChildCommand,
	ended: Promise<string>,
): Promise<Record<string, unknown>> {
	const within = given.readyWithinMs ?? 60_000;
	let timer: NodeJS.Timeout | undefined;
	const line = new Promise<Record<string, unknown>>((resolve, reject) => {
		let found = false;
		createInterface({ input: child.stdout! }).on('line', (text) => {
			if (found || !text.startsWith('{')) return void process.stdout.write(`${text}\n`);
			try {
				resolve(JSON.parse(text) as Record<string, unknown>);
				found = true;
			} catch {
				process.stdout.write(`${text}\n`);
			}
		});
		ended.then((how) => reject(new Error(`${given.name} ended before it was ready: ${how}`)));
		timer = setTimeout(
			() => reject(new Error(`${given.name} was not ready within ${within / 1000} s`)),
			within,
		);
	});
	try {
		return await line;
	} catch (error) {
		child.kill('SIGKILL');
		throw error;
	} finally {
		clearTimeout(timer);
	}
}

async function stopChild(child: ChildProcess, ended: Promise<string>): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	child.kill('SIGTERM');
	const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
	await ended;
	clearTimeout(timer);
}
