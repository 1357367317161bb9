/** Logs out of the agent: files to records in the spool, and from there to the server. */

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Clock } from '../../../app/clock.ts';
import type { Labels } from '../../../app/exposition/labels.ts';
import { outletStages } from '../../../app/node-agent/delivery-numbers.ts';
import { LogDiscovery } from '../../../app/node-agent/logs/log-discovery.ts';
import { decodeState, LogOffsets } from '../../../app/node-agent/logs/log-offsets.ts';
import { LogReader } from '../../../app/node-agent/logs/log-reader.ts';
import { JOB } from '../../../app/node-agent/metrics-delivery.ts';
import type { ProcFiles } from '../../../app/node-agent/processes/proc-files.ts';
import type { ProcessOwners } from '../../../app/node-agent/processes/process-owners.ts';
import { type Codec, type CoreModules, createLogParser } from '../../../core-as/facade/index.ts';
import type { AgentOutlet } from '../agent-outlet.ts';
import { SignalOutlet, type SignalOutletOptions } from '../signal-outlet.ts';
import { LogCheckpoint } from './log-checkpoint.ts';

const READ_MS = 1_000;
const HOST_ROOT = '/proc/1/root';
/** As much of the spool as is looked through at once for offsets. */
const SCAN_BYTES = 8 << 20;

export interface LogOutletOptions
	extends Omit<SignalOutletOptions, 'signal' | 'url' | 'headers' | 'beforePost'>,
		Pick<ProcessOwners, 'containerOf'> {
	endpoint: string;
	modules: CoreModules;
	codec: Codec;
	proc: ProcFiles;
	containerOfRaw: (rawId: string) => string | undefined;
	host: { name: string; id: string };
	version: string;
	nodeLabels: Labels;
	logPatternsPerContainer: number;
	disableJsonLogParsing: boolean;
	clock: Clock;
}

export async function openLogOutlet(o: LogOutletOptions): Promise<AgentOutlet> {
	const { clock, log, containerOf, containerOfRaw, proc } = o;
	const offsets = new LogOffsets();
	const checkpoint = new LogCheckpoint(o.dataDir, offsets);
	const fault = checkpoint.load();
	if (fault !== undefined) log.error('the offsets of log files are lost', { fault });
	let known: () => void = () => {};
	const allKnown = new Promise<void>((resolve) => {
		known = resolve;
	});
	const outlet = await SignalOutlet.open({
		...o,
		signal: 'logs',
		url: () => o.endpoint,
		headers: { 'User-Agent': JOB, 'Content-Type': 'application/x-protobuf' },
		// A record may be released once it is delivered: its offsets must be durable elsewhere before.
		async beforePost(record) {
			await allKnown;
			const state = decodeState(record.sourceState);
			if (state) offsets.apply(state);
			checkpoint.save();
		},
	});
	// Records that an agent before this one did not deliver say more than its checkpoint.
	for (let from = outlet.spool.head(); ; ) {
		const records = await outlet.spool.read(from, SCAN_BYTES);
		for (const { sourceState } of records) {
			const state = decodeState(sourceState);
			if (state) offsets.apply(state);
		}
		const last = records.at(-1);
		if (last === undefined) break;
		from = last.end;
	}
	known();
	const hostRoot = existsSync(HOST_ROOT) ? HOST_ROOT : '/';
	const discovery = new LogDiscovery({ proc, containerOf, containerOfRaw, hostRoot });
	const reader = new LogReader({
		discover: () => discovery.discover(),
		parser: createLogParser(o.modules, { json: !o.disableJsonLogParsing }),
		maxPatterns: o.logPatternsPerContainer,
		...{ spool: outlet.spool, offsets, clock, log, host: o.host, nodeLabels: o.nodeLabels },
		scope: { name: JOB, version: o.version },
		encoder: o.codec,
		save: () => checkpoint.save(),
		batchId: () => randomBytes(16),
	});
	const stopping = new AbortController();
	const loop = (async () => {
		while (!stopping.signal.aborted) {
			await reader.read();
			await clock.sleep(READ_MS, stopping.signal);
		}
	})();
	return {
		stages: () => {
			const { spool, sender } = outlet.stats();
			return [reader.stats(), ...outletStages('logs', spool, sender)];
		},
		collect: (snapshot) => reader.collect(snapshot),
		async settle(ms) {
			await reader.read();
			await outlet.settle(ms);
		},
		async close() {
			stopping.abort();
			await loop;
			await reader.close();
			await outlet.close();
		},
	};
}
