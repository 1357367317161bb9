import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Option, type OptionValues, UsageError } from '../../../app/command-line/options.ts';
import { parseUrl } from '../../../app/command-line/values.ts';
import { KEY_FILE } from '../../../app/server/auth/gatekeeper.ts';
import { defaultDataDir } from './paths.ts';

/** Which server a command talks to, and with which key. */
export const SERVER_ACCESS_OPTIONS: readonly Option[] = [
	{
		flag: 'server',
		value: 'URL',
		env: ['CODEXRAY_SERVER'],
		help: 'the server (default the one that `codexray up` runs)',
	},
	{
		flag: 'api-key-file',
		value: 'FILE',
		env: ['CODEXRAY_API_KEY_FILE'],
		help: 'file with its key (default that of `codexray up`)',
	},
	{
		flag: 'data',
		value: 'DIR',
		env: ['CODEXRAY_DATA'],
		fallback: defaultDataDir,
		help: 'data directory of `codexray up`, where both are found',
	},
];

export interface ServerAccess {
	/** Without a slash at its end. */
	url: string;
	key: string;
}

/** Throws UsageError where neither options nor a data directory say. */
export function serverAccess(values: OptionValues): ServerAccess {
	const dataDir = resolve(values.text('data'));
	const url = values.one('server') ?? runningServer(dataDir);
	const keyFile = values.one('api-key-file') ?? join(dataDir, 'server', KEY_FILE);
	return { url: parseUrl('server', url).href.replace(/\/$/, ''), key: keyOf(keyFile) };
}

/** As `codexray up` writes it down. */
function runningServer(dataDir: string): string {
	try {
		return JSON.parse(readFileSync(join(dataDir, 'run.json'), 'utf8')).url;
	} catch {
		throw new UsageError(
			`${dataDir} is no data directory of \`codexray up\`: give --data, or --server and --api-key-file`,
		);
	}
}

function keyOf(file: string): string {
	try {
		return readFileSync(file, 'utf8').trim();
	} catch (error) {
		throw new UsageError(`--api-key-file: ${(error as Error).message}`);
	}
}
