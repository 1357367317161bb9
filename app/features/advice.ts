import type { Feature } from './feature.ts';

/** What to do about features that do not work, a line for each cause. Empty where all is well, or off by choice. */
export function adviceOn(features: readonly Feature[]): string[] {
	const causes = new Map<string, Feature[]>();
	for (const feature of features) {
		if (feature.missing === null) continue;
		const cause = `${feature.state} ${feature.missing} ${feature.command ?? ''}`;
		causes.set(cause, [...(causes.get(cause) ?? []), feature]);
	}
	return [...causes.values()].map((same) => {
		const { missing, command, state: first } = same[0]!;
		const state = first === 'off' ? 'off' : 'only there in part';
		const names = same.map(({ feature }) => feature).join(', ');
		const run = command === null ? '' : ` Run: ${command}`;
		return `${names} ${same.length === 1 ? 'is' : 'are'} ${state}. Missing: ${missing}.${run}`;
	});
}
