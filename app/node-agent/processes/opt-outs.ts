/** Signals that a program wants nobody to take from it: it says so in its environment, as in the parent system. */

export type OptOut = 'logs' | 'traces' | 'profiles';

const VARIABLES: Record<string, OptOut> = {
	LOG_MONITORING: 'logs',
	EBPF_TRACES: 'traces',
	EBPF_PROFILING: 'profiles',
};
const PATTERN = new RegExp(
	`(?:^|\\0)(?:COROOT|CODEXRAY)_(${Object.keys(VARIABLES).join('|')})=[^\\0]*disabled`,
	'g',
);

const NONE: readonly OptOut[] = [];

/** @param environ /proc/PID/environ: variables, each ended by NUL */
export function optOutsOf(environ: string | undefined): readonly OptOut[] {
	// Of nearly all programs.
	if (environ === undefined || !environ.includes('disabled')) return NONE;
	return [...new Set(Array.from(environ.matchAll(PATTERN), ([, name]) => VARIABLES[name!]!))];
}
