import { systemClock } from '../../../app/clock.ts';
import { describeOptions, type Option, readOptions, UsageError } from '../../../app/command-line/options.ts';
import { parseDuration, wrongValue } from '../../../app/command-line/values.ts';
import { adviceOn } from '../../../app/features/advice.ts';
import { silentLogger } from '../../../app/logging/logger.ts';
import { drawOnce, drawTop } from '../../../app/node-agent/live/top-screen.ts';
import { press, startState, type TopState } from '../../../app/node-agent/live/top-state.ts';
import { type LiveAgent, openLiveAgent } from '../live-agent.ts';
import { toAnsi } from '../terminal/ansi.ts';
import { FullScreen } from '../terminal/full-screen.ts';
import type { Command } from './codexray.ts';
import { ownCommand } from './own-command.ts';
import { buildDir } from './paths.ts';

const OPTIONS: readonly Option[] = [
	{
		flag: 'interval',
		value: 'DURATION',
		env: ['CODEXRAY_TOP_INTERVAL'],
		fallback: '1s',
		help: 'how often the screen is drawn',
	},
	{
		flag: 'window',
		value: 'DURATION',
		env: ['CODEXRAY_TOP_WINDOW'],
		fallback: '10s',
		help: 'the time that rates and latencies are of',
	},
	{ flag: 'once', env: ['CODEXRAY_TOP_ONCE'], help: 'looks once and prints; needs no terminal' },
	{
		flag: 'for',
		value: 'DURATION',
		env: ['CODEXRAY_TOP_FOR'],
		fallback: '5s',
		help: 'how long --once looks',
	},
	{ flag: 'json', env: ['CODEXRAY_TOP_JSON'], help: 'with --once: prints JSON, see docs/formats.md' },
	{ flag: 'build-dir', value: 'DIR', env: ['CODEXRAY_BUILD_DIR'], help: 'where the built parts lie' },
];

/** Width of a printed table where there is no terminal. */
const PRINTED_COLUMNS = 120;
const LEAST_MS = 100;

async function run(args: string[]): Promise<number> {
	const values = readOptions(OPTIONS, args, process.env);
	const duration = (flag: string) => {
		const ms = parseDuration(flag, values.text(flag));
		if (ms < LEAST_MS) throw wrongValue(flag, values.text(flag), `at least ${LEAST_MS}ms`);
		return ms;
	};
	const intervalMs = duration('interval');
	const ticks = Math.max(1, Math.round(duration('window') / intervalMs));
	const forMs = duration('for');
	const once = values.on('once');
	if (values.on('json') && !once) throw new UsageError('--json goes with --once');
	if (!once && !(process.stdin.isTTY && process.stdout.isTTY))
		throw new UsageError('top needs a terminal; for scripts there is codexray top --once --json');
	const agent = await openLiveAgent({
		buildDir: values.one('build-dir') ?? buildDir,
		ticks: once ? 1 : ticks,
		log: silentLogger,
	});
	try {
		const advice = adviceOn(agent.features);
		if (!agent.features.some(({ feature, ok }) => feature === 'connections' && ok))
			throw new Error(
				['top sees nothing here', ...advice, `All about it: ${ownCommand('doctor')}`].join('\n'),
			);
		if (once) for (const line of advice) console.error(line);
		if (once) await printOnce(agent, forMs, values.on('json'));
		else await show(agent, intervalMs);
	} finally {
		await agent.close();
	}
	return 0;
}

async function printOnce(agent: LiveAgent, forMs: number, json: boolean): Promise<void> {
	await agent.tick();
	await systemClock.sleep(forMs);
	const view = await agent.tick();
	if (json) {
		const { time, seconds, lost } = view;
		const edges = view.edges.sort((a, b) => b.requestsPerSecond - a.requestsPerSecond);
		const { host, features } = agent;
		console.log(
			JSON.stringify(
				{ host, time: new Date(time).toISOString(), seconds, lost, features, edges },
				null,
				'\t',
			),
		);
		return;
	}
	const state = { ...startState(agent.host, []), view };
	const columns = process.stdout.isTTY ? process.stdout.columns : PRINTED_COLUMNS;
	for (const line of drawOnce(state, columns))
		console.log(
			line
				.map(({ text }) => text)
				.join('')
				.trimEnd(),
		);
}

/** Until q, Ctrl-C or a signal. Rejects when the kernel's thread is gone. */
async function show(agent: LiveAgent, intervalMs: number): Promise<void> {
	let state: TopState = startState(agent.host, adviceOn(agent.features));
	const stop = new AbortController();
	const colour = !process.env.NO_COLOR;
	const draw = () => screen.draw(toAnsi(drawTop(state, screen.size), colour));
	const screen: FullScreen = new FullScreen({
		onKey(key) {
			const next = press(state, key);
			if (next === 'quit') stop.abort();
			else {
				state = next;
				draw();
			}
		},
		onStop: () => stop.abort(),
		onRedraw: draw,
	});
	screen.open();
	try {
		draw();
		let next = Date.now();
		while (!stop.signal.aborted) {
			const view = await agent.tick();
			// The window goes on behind a view that stands still.
			if (!state.paused) state = { ...state, view };
			draw();
			next = Math.max(next + intervalMs, Date.now());
			await systemClock.sleep(next - Date.now(), stop.signal);
		}
	} finally {
		screen.close();
	}
}

/** `codexray top`: who talks to whom on this host, live. */
export const top: Command = {
	summary: 'who talks to whom on this host, live in the terminal',
	help: () => `codexray top [OPTIONS]

Requests, errors and latency of every edge of this host, and of its routes and statements; no server, no data.
Needs what the node agent needs. Keys: q quits, ? lists the others.

${describeOptions(OPTIONS)}
`,
	run,
};
