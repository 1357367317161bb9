import type { AgentCost } from '../api/resource-types.ts';
import { seriesFigures } from '../charts/series-figures.ts';
import type { NamedColumn } from '../charts/top-series.ts';
import { known } from '../resources/instance-lines.ts';

/** What the owners of the agent's CPU time and memory are, in words; others stand by their names. */
const OWNERS: Readonly<Record<string, string>> = {
	main: 'main thread',
	'kernel-worker': 'kernel events and L7',
	profiles: 'names for profiles',
	runtime: 'runtime',
	bpf: 'BPF',
};
const ownerWord = (owner: string) => OWNERS[owner] ?? owner;

export const cpuLines = ({ cpu }: AgentCost): NamedColumn[] =>
	known(Object.fromEntries(cpu.map(({ owner, cores }) => [ownerWord(owner), cores])));

export const memoryLines = ({ memory }: AgentCost): NamedColumn[] =>
	known(Object.fromEntries(memory.map(({ owner, kind, bytes }) => [`${ownerWord(owner)}, ${kind}`, bytes])));

export const programLines = ({ programs }: AgentCost): NamedColumn[] =>
	known(Object.fromEntries(programs.map(({ program, cores }) => [program, cores])));

export interface ProgramFigures {
	program: string;
	/** Means over the range; `secondsPerRun` is null where nothing ran. */
	runsPerSecond: number | null;
	secondsPerRun: number | null;
	cores: number | null;
}

/** The costly ones first. */
export function programFigures({ programs }: AgentCost): ProgramFigures[] {
	return programs
		.map(({ program, ...columns }) => {
			const runsPerSecond = seriesFigures(columns.runsPerSecond ?? []).mean;
			const cores = seriesFigures(columns.cores ?? []).mean;
			return {
				program,
				runsPerSecond,
				cores,
				secondsPerRun: runsPerSecond && cores !== null ? cores / runsPerSecond : null,
			};
		})
		.sort((a, b) => (b.cores ?? 0) - (a.cores ?? 0));
}

export interface Fill {
	stage: string;
	last: number | null;
	highest: number | null;
}

/** The fullest first. */
export function fillsOf({ fills }: AgentCost): Fill[] {
	return fills
		.map(({ stage, fill }) => {
			const { last, highest } = seriesFigures(fill ?? []);
			return { stage: stage.replaceAll('_', ' '), last, highest };
		})
		.sort((a, b) => (b.highest ?? 0) - (a.highest ?? 0));
}
