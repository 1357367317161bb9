/** The shop's recording, played again and again: for machines on which the agent cannot see real programs. */

import { join } from 'node:path';
import { systemClock } from '../../../app/clock.ts';
import { replay, summarise } from '../../../app/server/recording/replay.ts';
import { rootDir } from '../commands/paths.ts';
import { readerOf } from '../commands/record.ts';
import { poster } from '../commands/replay.ts';

/** Made with `codexray record` beside the real demo. */
const RECORDING = join(rootDir, 'hosts/node/demo/shop.recording');

/** Resolves when all of it was sent once, as if it had just ended; goes on at its own pace until `signal` aborts. */
export async function playDemo(server: { url: string; key: string }, signal: AbortSignal): Promise<void> {
	const post = await poster(server);
	const summary = await summarise(await readerOf(RECORDING));
	const play = async (speed: number) => {
		const reader = await readerOf(RECORDING);
		await replay({ reader, summary, speed, now: true, post, clock: systemClock, signal });
	};
	await play(Number.POSITIVE_INFINITY);
	void (async () => {
		while (!signal.aborted) await play(1);
	})().catch((error) => console.error(`The recording of the demo ended: ${(error as Error).message}`));
}
