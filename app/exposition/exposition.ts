/** Prometheus text format 0.0.4; https://prometheus.io/docs/instrumenting/exposition_formats/ */

import { DEFAULT_BOUND_LABELS, type Snapshot } from './snapshot.ts';

export const EXPOSITION_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function renderExposition(snapshot: Snapshot): string {
	const lines: string[] = [];
	for (const family of snapshot.families()) {
		lines.push(`# HELP ${family.name} ${escapeHelp(family.help)}`, `# TYPE ${family.name} ${family.type}`);
		for (const { labels, value } of family.samples) lines.push(line(family.name, labels.text, value));
		for (const { labels, counts, sum } of family.histograms) {
			let count = 0;
			for (let i = 0; i < counts.length; i++) {
				count += counts[i]!;
				const le = `le="${DEFAULT_BOUND_LABELS[i]}"`;
				lines.push(line(`${family.name}_bucket`, labels.text === '' ? le : `${labels.text},${le}`, count));
			}
			lines.push(
				line(`${family.name}_sum`, labels.text, sum),
				line(`${family.name}_count`, labels.text, count),
			);
		}
	}
	lines.push('');
	return lines.join('\n');
}

function line(name: string, labels: string, value: number): string {
	return labels === '' ? `${name} ${formatValue(value)}` : `${name}{${labels}} ${formatValue(value)}`;
}

function formatValue(value: number): string {
	if (value === Number.POSITIVE_INFINITY) return '+Inf';
	if (value === Number.NEGATIVE_INFINITY) return '-Inf';
	return String(value);
}

function escapeHelp(help: string): string {
	return help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
