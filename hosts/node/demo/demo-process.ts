/**
 * The demo as a program of its own, because what the product's own processes start is not observed. Environment:
 * CODEXRAY_DEMO_URL, CODEXRAY_DEMO_KEY of the server; CODEXRAY_DEMO_RECORDED plays the recording of the shop instead. Its first
 * line is `{"url"}`, that of the shop's front.
 */

import { type RunningDemo, startDemo } from './demo.ts';
import { playDemo } from './recorded-demo.ts';

const {
	CODEXRAY_DEMO_URL: url,
	CODEXRAY_DEMO_KEY: key,
	CODEXRAY_DEMO_RECORDED: recorded,
	...env
} = process.env;
if (!url || !key) throw new Error('BUG: the demo needs CODEXRAY_DEMO_URL and CODEXRAY_DEMO_KEY');

const stopping = new Promise<void>((resolve) => {
	process.once('SIGTERM', () => resolve());
	process.once('SIGINT', () => resolve());
	// Whoever started us is gone.
	process.stdin.once('end', () => resolve()).resume();
});

async function playRecording(server: { url: string; key: string }): Promise<RunningDemo> {
	const stop = new AbortController();
	await playDemo(server, stop.signal);
	return { url: null, stop: async () => stop.abort() };
}

try {
	const demo = recorded
		? await playRecording({ url, key })
		: await startDemo({ url, key, env, say: (line) => console.log(line) });
	console.log(JSON.stringify({ url: demo.url }));
	await stopping;
	await demo.stop();
	process.exit(0);
} catch (error) {
	console.error(`The demo cannot begin: ${(error as Error).message}`);
	process.exit(1);
}
