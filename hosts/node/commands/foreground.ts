import { type ChildCommand, startChild } from './child-program.ts';

/** Runs one program until Ctrl-C, SIGTERM or its own end; `announce` says what its first line means. */
export async function runForeground(
	command: ChildCommand,
	announce: (ready: Record<string, unknown>) => string,
): Promise<number> {
	const stop = new Promise<void>((resolve) => {
		process.once('SIGINT', () => resolve());
		process.once('SIGTERM', () => resolve());
	});
	const child = await startChild(command);
	console.log(announce(child.ready));
	const how = await Promise.race([stop, child.ended]);
	if (how !== undefined) {
		console.error(`${command.name} ended: ${how}`);
		return 1;
	}
	await child.stop();
	return 0;
}
