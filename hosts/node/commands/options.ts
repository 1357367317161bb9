import { parseArgs } from 'node:util';

/** One option of a command: its flag, its environment twin and what `--help` says of it. */
export interface Option {
	flag: string;
	/** Shown after the flag; absent for a switch. */
	value?: string;
	env: string;
	/** Used where neither flag nor environment sets it. */
	fallback?: string;
	help: string;
}

/** Wrong words on the command line: told in one sentence, exit code 2. */
export class UsageError extends Error {}

export type OptionValues = Record<string, string | undefined>;

/**
 * Values by flag name: the flag wins over the environment, the environment over the fallback.
 * A switch that is on has the value 'true'. Unknown flags and stray words are a UsageError.
 */
export function readOptions(options: Option[], args: string[], env: NodeJS.ProcessEnv): OptionValues {
	const config = Object.fromEntries(
		options.map((option) => [
			option.flag,
			{ type: option.value ? ('string' as const) : ('boolean' as const) },
		]),
	);
	let parsed: Record<string, unknown>;
	try {
		parsed = parseArgs({ args, options: config, strict: true, allowPositionals: false }).values;
	} catch (error) {
		throw new UsageError((error as Error).message.split('. ')[0]);
	}
	const values: OptionValues = {};
	for (const option of options) {
		const given = parsed[option.flag] ?? env[option.env] ?? option.fallback;
		if (given === undefined || given === '' || given === false) continue;
		values[option.flag] = String(given);
	}
	return values;
}

/** The table of options for `--help`. */
export function describeOptions(options: Option[]): string {
	const left = (option: Option) => `  --${option.flag}${option.value ? ` ${option.value}` : ''}`;
	const width = Math.max(...options.map((option) => left(option).length)) + 2;
	return options
		.map((option) => {
			const fallback = option.fallback ? ` (default ${option.fallback})` : '';
			return `${left(option).padEnd(width)}${option.help}${fallback}\n${''.padEnd(width)}${option.env}`;
		})
		.join('\n');
}

/** 'HOST:PORT', ':PORT' (loopback) or '[V6]:PORT'; port 0 is any free one. */
export function parseAddress(text: string, flag: string): { host: string; port: number } {
	const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
	const port = Number(match?.[3]);
	if (!match || port > 65535) {
		throw new UsageError(`--${flag} ${text}: write HOST:PORT, for example 127.0.0.1:8080 or [::1]:8080`);
	}
	return { host: match[1] ?? (match[2] || '127.0.0.1'), port };
}
