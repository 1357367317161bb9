import { parseArgs } from 'node:util';

/** One option of a command: its flag, its environment twins and what `--help` says of it. */
export interface Option {
	flag: string;
	/** Shown after the flag; absent for a switch. */
	value?: string;
	/** Variables that set it too; the first one that is not empty counts. */
	env: readonly string[];
	/** Used where neither flag nor environment sets it. */
	fallback?: string;
	/** May be given several times; in the environment this stands between values. */
	separator?: string;
	help: string;
}

/** Wrong words on the command line: told in one sentence without its full stop, exit code 2. */
export class UsageError extends Error {
	override readonly name = 'UsageError';
}

type Environment = Record<string, string | undefined>;

/** What was given: the flag wins over the environment, the environment over the fallback. */
export class OptionValues {
	readonly #values: ReadonlyMap<string, readonly string[]>;
	/** What stands beside the options, one for each name that was asked for. */
	readonly words: readonly string[];

	constructor(values: ReadonlyMap<string, readonly string[]>, words: readonly string[] = []) {
		this.#values = values;
		this.words = words;
	}

	/** Said twice, the last word counts. */
	one(flag: string): string | undefined {
		return this.all(flag).at(-1);
	}

	/** Of an option with a fallback. */
	text(flag: string): string {
		const text = this.one(flag);
		if (text === undefined) throw new Error(`BUG: --${flag} has no fallback`);
		return text;
	}

	all(flag: string): readonly string[] {
		return this.#values.get(flag) ?? [];
	}

	/** Whether a switch is on. */
	on(flag: string): boolean {
		return this.all(flag).length > 0;
	}
}

/** Unknown flags, stray words and missing ones are a UsageError; `words` names those that must be there, such as FILE. */
export function readOptions(
	options: readonly Option[],
	args: string[],
	env: Environment,
	words: readonly string[] = [],
): OptionValues {
	const { flags, positionals } = parseFlags(options, args, words.length > 0);
	const missing = words[positionals.length];
	if (missing !== undefined) throw new UsageError(`${missing} is missing`);
	if (positionals.length > words.length)
		throw new UsageError(`unexpected argument '${positionals[words.length]}'`);
	const values = new Map(options.map((option) => [option.flag, valuesOf(option, flags, env)]));
	return new OptionValues(values, positionals);
}

/** The options in `args` but for those in `without`, as words for another program that takes them. Throws UsageError. */
export function givenOptions(
	options: readonly Option[],
	args: string[],
	without: readonly string[],
): string[] {
	const { given } = parseFlags(options, args, false);
	return given
		.filter(([flag]) => !without.includes(flag))
		.map(([flag, value]) => (value === undefined ? `--${flag}` : `--${flag}=${value}`));
}

/** The table of options for `--help`. */
export function describeOptions(options: readonly Option[]): string {
	const left = (option: Option) => `  --${option.flag}${option.value ? ` ${option.value}` : ''}`;
	const width = Math.max(...options.map((option) => left(option).length)) + 2;
	return options
		.map((option) => {
			const fallback = option.fallback ? ` (default ${option.fallback})` : '';
			const env = option.env.join(', ');
			return `${left(option).padEnd(width)}${option.help}${fallback}\n${''.padEnd(width)}${env}`;
		})
		.join('\n');
}

function parseFlags(options: readonly Option[], args: string[], allowPositionals: boolean) {
	const config = Object.fromEntries(
		options.map(({ flag, value }) => [
			flag,
			{ type: value ? ('string' as const) : ('boolean' as const), multiple: true as const },
		]),
	);
	try {
		const { values, positionals, tokens } = parseArgs({
			...{ args, options: config, strict: true, allowPositionals },
			tokens: true,
		});
		const given = tokens.flatMap((token): [string, string | undefined][] =>
			token.kind === 'option' ? [[token.name, token.value]] : [],
		);
		return { flags: new Map<string, unknown>(Object.entries(values)), positionals, given };
	} catch (error) {
		throw new UsageError((error as Error).message.split('. ')[0]);
	}
}

function valuesOf(option: Option, given: Map<string, unknown>, env: Environment): string[] {
	const flags = given.get(option.flag) as (string | boolean)[] | undefined;
	if (flags !== undefined) return flags.filter((value) => value !== '').map(String);
	// An empty variable means that it is not set, as Kubernetes manifests leave them.
	const text = option.env.map((name) => env[name]).find((value) => value) ?? option.fallback;
	if (text === undefined || text === '') return [];
	if (option.value === undefined) return SWITCHED_OFF.test(text) ? [] : [text];
	return option.separator === undefined
		? [text]
		: text.split(option.separator).filter((part) => part.trim() !== '');
}

/** What people write into a variable to say no. */
const SWITCHED_OFF = /^(0|false|no|off)$/i;
