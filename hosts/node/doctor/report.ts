/** What `codexray doctor` prints. */

import type { Feature } from '../../../app/features/feature.ts';

export interface Checked extends Feature {
	part: 'agent' | 'server';
}

export interface DoctorReport {
	version: string;
	/** `v24.21.0` */
	node: string;
	/** As `uname -s`, `-r` and `-m` say it. */
	system: string;
	/** Everything works. */
	ok: boolean;
	features: Checked[];
}

export function reportOf(
	facts: Pick<DoctorReport, 'version' | 'node' | 'system'>,
	parts: Record<Checked['part'], Feature[]>,
): DoctorReport {
	const features = (['agent', 'server'] as const).flatMap((part) =>
		parts[part].map((feature): Checked => ({ part, ...feature })),
	);
	return { ...facts, ok: features.every(({ state }) => state === 'works'), features };
}

const TITLES = { agent: 'Node agent', server: 'Server' } as const;

export function reportText({ version, node, system, ok, features }: DoctorReport): string {
	const lines = [`Codexray ${version}, Node ${node}, ${system}`];
	for (const part of ['agent', 'server'] as const) {
		lines.push('', TITLES[part]);
		for (const feature of features.filter((each) => each.part === part)) lines.push(...featureLines(feature));
	}
	const off = features.filter(({ state }) => state !== 'works').length;
	lines.push('', ok ? 'Everything works.' : `${off} of ${features.length} do not work, or not in full.`);
	return lines.join('\n');
}

function featureLines({ state, feature, tier, reason, missing, works, command }: Checked): string[] {
	const head = `  ${state.padEnd(10)}${feature.padEnd(14)}${tier ?? ''}`.trimEnd();
	const details: [string, string | null][] = [
		['why', reason],
		['missing', missing],
		['works', works],
		['run', command],
	];
	return [
		head,
		...details.flatMap(([word, text]) => (text === null ? [] : [`${''.padEnd(12)}${word.padEnd(9)}${text}`])),
	];
}
