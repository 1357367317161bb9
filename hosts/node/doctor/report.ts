/** What `codexray doctor` prints. */

import type { Feature } from '../../../app/features/feature.ts';
import type { RuntimeStatus } from '../../../app/node-agent/containers/runtime-diagnosis.ts';

export interface Checked extends Feature {
	part: 'agent' | 'server';
}

export interface DoctorReport {
	version: string;
	/** `v24.21.0` */
	node: string;
	/** As `uname -s`, `-r` and `-m` say it. */
	system: string;
	/** Everything works, and no runtime refuses. */
	ok: boolean;
	features: Checked[];
	/** What says on this node what containers are called. */
	runtimes: RuntimeStatus[];
}

export function reportOf(
	facts: Pick<DoctorReport, 'version' | 'node' | 'system'>,
	parts: Record<Checked['part'], Feature[]>,
	runtimes: RuntimeStatus[] = [],
): DoctorReport {
	const features = (['agent', 'server'] as const).flatMap((part) =>
		parts[part].map((feature): Checked => ({ part, ...feature })),
	);
	const ok =
		features.every(({ state }) => state === 'works') && runtimes.every(({ state }) => state !== 'refused');
	return { ...facts, ok, features, runtimes };
}

const TITLES = { agent: 'Node agent', server: 'Server' } as const;

export function reportText({ version, node, system, features, runtimes }: DoctorReport): string {
	const lines = [`Codexray ${version}, Node ${node}, ${system}`];
	for (const part of ['agent', 'server'] as const) {
		lines.push('', TITLES[part]);
		for (const feature of features.filter((each) => each.part === part)) lines.push(...featureLines(feature));
	}
	if (runtimes.length > 0) lines.push('', 'Names of containers', ...runtimes.flatMap(runtimeLines));
	lines.push('', verdict(features, runtimes));
	return lines.join('\n');
}

function verdict(features: Checked[], runtimes: RuntimeStatus[]): string {
	const off = features.filter(({ state }) => state !== 'works').length;
	const refused = runtimes.filter(({ state }) => state === 'refused').map(({ runtime }) => runtime);
	return [
		...(off > 0 ? [`${off} of ${features.length} do not work, or not in full.`] : []),
		...(refused.length > 0 ? [`Refused by: ${refused.join(', ')}.`] : []),
		...(off === 0 && refused.length === 0 ? ['Everything works.'] : []),
	].join(' ');
}

function featureLines({ state, feature, tier, reason, missing, works, command }: Checked): string[] {
	return entry(`${state.padEnd(10)}${feature.padEnd(14)}${tier ?? ''}`, [
		['why', reason],
		['missing', missing],
		['works', works],
		['run', command],
	]);
}

function runtimeLines({ state, runtime, place, reason, means, help }: RuntimeStatus): string[] {
	return entry(`${state.padEnd(10)}${runtime.padEnd(14)}${place ?? ''}`, [
		['why', reason],
		['means', means],
		['help', help],
	]);
}

function entry(head: string, details: [word: string, text: string | null][]): string[] {
	return [
		`  ${head}`.trimEnd(),
		...details.flatMap(([word, text]) => (text === null ? [] : [`${''.padEnd(12)}${word.padEnd(9)}${text}`])),
	];
}
