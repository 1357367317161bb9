import type { StageStats } from '../stage.ts';

/** Prometheus text of the five numbers of each stage, and of single gauges. */
export function selfMetrics(
	version: string,
	stages: Record<string, StageStats>,
	gauges: Record<string, { help: string; value: number }>,
): string {
	const out: string[] = [];
	const family = (name: string, type: string, help: string, lines: [labels: string, value: number][]) => {
		out.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
		for (const [labels, value] of lines) out.push(`${name}${labels} ${value}`);
	};
	const each = (pick: (s: StageStats) => number) =>
		Object.entries(stages).map(([stage, s]): [string, number] => [`{stage="${stage}"}`, pick(s)]);
	const prefix = 'codexray_server';
	family(`${prefix}_build_info`, 'gauge', 'Version of the server.', [[`{version="${quoted(version)}"}`, 1]]);
	family(
		`${prefix}_received_total`,
		'counter',
		'Items that came into a stage.',
		each((s) => s.received),
	);
	family(
		`${prefix}_sent_total`,
		'counter',
		'Items that a stage handed on.',
		each((s) => s.sent),
	);
	family(
		`${prefix}_dropped_total`,
		'counter',
		'Items that a stage dropped, by reason.',
		Object.entries(stages).flatMap(([stage, s]) =>
			Object.entries(s.dropped).map(([reason, n]): [string, number] => [
				`{stage="${stage}",reason="${quoted(reason)}"}`,
				n,
			]),
		),
	);
	family(
		`${prefix}_errors_total`,
		'counter',
		'Failures of a stage.',
		each((s) => s.errors),
	);
	family(
		`${prefix}_fill_ratio`,
		'gauge',
		'How full a stage is of its bound.',
		each((s) => s.fill),
	);
	for (const [name, { help, value }] of Object.entries(gauges)) {
		family(`${prefix}_${name}`, 'gauge', help, [['', value]]);
	}
	return `${out.join('\n')}\n`;
}

function quoted(value: string): string {
	return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
