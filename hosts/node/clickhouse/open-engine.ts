import { fileURLToPath } from 'node:url';
import { parseUrl } from '../../../app/command-line/values.ts';
import type { Logger } from '../../../app/logging/logger.ts';
import { ClickhouseEngine, type EngineSource } from './clickhouse-engine.ts';
import { EmbeddedEngine } from './embedded-engine.ts';
import { missingClientPackages, missingEnginePackages } from './engine-packages.ts';

export interface EngineOptions {
	/** An engine elsewhere, `http(s)://[USER[:PASSWORD]@]HOST:PORT`; none: the embedded one. */
	url?: string;
	/** No engine at all, unless `url` names one. */
	off?: boolean;
	dataDir: string;
	log: Logger;
}

/** They are optional dependencies: npm leaves them out when it is told to, or when they cannot be had. */
const COMMAND = 'npm install --include=optional';
const HELP = `Run \`${COMMAND}\` where the server is installed, and start it again`;

const packages = (names: string[]) =>
	names.length === 1
		? `the npm package ${names[0]}, which is not installed`
		: `the npm packages ${names.join(', ')}, which are not installed`;

/** Why there is no engine, and what it takes. */
export interface EngineOff {
	off: string;
	missing: string;
	command: string | null;
}

/** The engine of this server, or why there is none. Does not wait until it answers. */
export async function openEngine(o: EngineOptions): Promise<ClickhouseEngine | EngineOff> {
	if (o.url) {
		const missing = missingClientPackages();
		if (missing.length > 0)
			return offWithout(missing, `ClickHouse at --clickhouse-url needs ${packages(missing)}. ${HELP}.`);
		return ClickhouseEngine.open(remoteEngine(o.url));
	}
	if (o.off)
		return {
			off: 'The embedded ClickHouse is switched off and no --clickhouse-url is given.',
			missing: 'ClickHouse: the embedded one, without --no-engine, or one of your own with --clickhouse-url',
			command: null,
		};
	const missing = missingEnginePackages();
	if (missing.length > 0)
		return offWithout(
			missing,
			`The embedded ClickHouse needs ${packages(missing)}. ${HELP}, or give --clickhouse-url.`,
		);
	return ClickhouseEngine.open(new EmbeddedEngine({ dataDir: o.dataDir, node: pinnedNode(), log: o.log }));
}

function offWithout(missing: string[], off: string): EngineOff {
	return { off, missing: `npm packages: ${missing.join(', ')}`, command: COMMAND };
}

/** Throws UsageError when it is not a URL of HTTP. */
export function remoteEngine(text: string): EngineSource {
	const url = parseUrl('clickhouse-url', text);
	const username = decodeURIComponent(url.username) || 'default';
	const password = decodeURIComponent(url.password);
	url.username = '';
	url.password = '';
	return { address: { url: url.href, username, password }, reason: '', stop: async () => {} };
}

/** Node itself, or on another runtime the pinned Node among the packages. */
export function pinnedNode(): string {
	if (!('Deno' in globalThis)) return process.execPath;
	return fileURLToPath(new URL('../../../node_modules/node/bin/node', import.meta.url));
}
