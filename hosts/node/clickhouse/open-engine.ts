import { fileURLToPath } from 'node:url';
import { parseUrl } from '../../../app/command-line/values.ts';
import type { Logger } from '../../../app/logging/logger.ts';
import type { Engine } from '../../../app/server/clickhouse/engine.ts';
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
const HELP = 'Run `npm install --include=optional` where the server is installed, and start it again';

const packages = (names: string[]) =>
	names.length === 1
		? `the npm package ${names[0]}, which is not installed`
		: `the npm packages ${names.join(', ')}, which are not installed`;

/** The engine of this server, or why there is none. Does not wait until it answers. */
export async function openEngine(o: EngineOptions): Promise<Engine | { off: string }> {
	if (o.url) {
		const missing = missingClientPackages();
		if (missing.length > 0)
			return { off: `ClickHouse at --clickhouse-url needs ${packages(missing)}. ${HELP}.` };
		return ClickhouseEngine.open(remoteEngine(o.url));
	}
	if (o.off) return { off: 'The embedded ClickHouse is switched off and no --clickhouse-url is given.' };
	const missing = missingEnginePackages();
	if (missing.length > 0)
		return { off: `The embedded ClickHouse needs ${packages(missing)}. ${HELP}, or give --clickhouse-url.` };
	return ClickhouseEngine.open(new EmbeddedEngine({ dataDir: o.dataDir, node: pinnedNode(), log: o.log }));
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
