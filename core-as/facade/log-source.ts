import { instantiate } from '../../build/core/logs.js';
import { Component, type CoreModules } from './component.ts';

/** What a line of a log file is; wit/codexray-core/logs.wit. */
export type LogFormat = 'plain' | 'docker' | 'cri';

/** By number, as `LogCounts.levels` has them; names of the parent system. */
export const LOG_LEVELS = ['unknown', 'critical', 'error', 'warning', 'info', 'debug'] as const;

export interface FedLogs {
	/** Fields `log_records` of an OTLP ScopeLogs, back to back. */
	records: Uint8Array;
	count: number;
	/** Offset in the file up to which everything was handed out in records. */
	consumed: number;
}

/** Messages of one source by level, and by pattern from warning up. */
export interface LogCounts {
	levels: Uint8Array;
	/** 32 hexadecimal digits, empty where there is no pattern. */
	hashes: string[];
	messages: number[];
	/** The first message of the pattern. */
	samples: string[];
	lines: number;
	/** Lines that were cut because they, or their message, were too long. */
	cut: number;
	/** Lines that are not what the format says; taken as plain text. */
	malformed: number;
}

/** One log file. */
export interface LogSource {
	/**
	 * The next bytes of the file, at most 16 MiB. `now`: ns since the epoch. `flush`: nothing came for long. Throws CoreError CXR_CORE_TRAP:
	 * then what was fed and not handed out is lost to this source, which goes on behind `bytes`.
	 */
	feed(bytes: Uint8Array, now: bigint, flush: boolean): FedLogs;
	counts(): LogCounts;
	close(): void;
}

/** Sources share one instance; a trap costs the patterns and open messages of all of them. */
export interface LogParser {
	open(format: LogFormat, maxPatterns: number, offset: number): LogSource;
	/** Instances that failed and were replaced. */
	readonly traps: number;
}

type Source = InstanceType<ReturnType<typeof instantiate>['logs']['Source']>;

const MAX_BYTES = 16 * 1024 * 1024;

export interface LogParserOptions {
	/** Messages that are JSON objects are taken apart; default true. */
	json?: boolean;
}

export function createLogParser(modules: CoreModules, { json = true }: LogParserOptions = {}): LogParser {
	const component = new Component(instantiate, modules);
	const decoder = new TextDecoder();

	function open(format: LogFormat, maxPatterns: number, offset: number): LogSource {
		let source: Source | undefined;
		/** Of which instance: one that trapped takes its sources along. */
		let ofInstance = component.traps;
		let position = offset;
		function call<T>(work: (live: Source) => T): T {
			return component.call((it) => {
				if (source !== undefined && ofInstance !== component.traps) source = undefined;
				if (source === undefined) {
					source = new it.logs.Source(format, maxPatterns, json, BigInt(position));
					ofInstance = component.traps;
				}
				return work(source);
			});
		}
		return {
			feed(bytes, now, flush) {
				if (!(bytes instanceof Uint8Array) || bytes.length > MAX_BYTES)
					throw new Error('BUG: a log source takes a Uint8Array of at most 16 MiB');
				try {
					const fed = call((live) => live.feed(bytes, now, flush));
					position += bytes.length;
					return { records: fed.records, count: fed.count, consumed: Number(fed.consumed) };
				} catch (error) {
					position += bytes.length;
					throw error;
				}
			},
			counts() {
				const found = call((live) => live.counts());
				const text = (bytes: Uint8Array, start: number, end: number) =>
					decoder.decode(bytes.subarray(start, end));
				return {
					levels: found.level,
					hashes: Array.from(found.level, (_, i) => text(found.hashes, i * 32, i * 32 + 32).trim()),
					messages: Array.from(found.messages, Number),
					samples: Array.from(found.ends, (end, i) => text(found.samples, i ? found.ends[i - 1]! : 0, end)),
					lines: Number(found.lines),
					cut: Number(found.cut),
					malformed: Number(found.malformed),
				};
			},
			close() {
				if (source === undefined || ofInstance !== component.traps) return;
				(source as Partial<Disposable>)[Symbol.dispose]?.();
				source = undefined;
			},
		};
	}
	return {
		open,
		get traps() {
			return component.traps;
		},
	};
}
