import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { rootDir } from './paths.ts';

/** Handed on to the programs that a command starts, so that they can say how all of it is started. */
const VARIABLE = 'CODEXRAY_COMMAND';

/** Remembers the words that this program was started with, without secrets. */
export function rememberCommand(words: readonly string[]): void {
	process.env[VARIABLE] ??= [entry(), ...withoutSecrets(words).map(quoted)].join(' ');
}

/** How this program is started again; with `verb`, another command of it. */
export function ownCommand(verb?: string): string {
	if (verb !== undefined) return `${entry()} ${verb}`;
	return process.env[VARIABLE] ?? `${entry()} up`;
}

/** Ends up in metrics and on pages. */
function withoutSecrets(words: readonly string[]): string[] {
	return words.map((word, i) => {
		const [flag = '', value] = word.split('=', 2);
		if (words[i - 1] === '--api-key') return 'KEY';
		if (flag === '--api-key' && value !== undefined) return '--api-key=KEY';
		return word.replace(/\/\/[^/@\s]*@/, '//USER:PASSWORD@');
	});
}

function entry(): string {
	const [source, built] = ['ts', 'js'].map((ending) =>
		join(rootDir, `hosts/node/commands/codexray.${ending}`),
	);
	return [process.execPath, existsSync(source!) ? source! : built!].map(quoted).join(' ');
}

function quoted(word: string): string {
	return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
