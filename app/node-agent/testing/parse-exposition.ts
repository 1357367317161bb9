/** A strict reader of text format 0.0.4: throws at whatever Prometheus would refuse or should not have to bear. */

export interface ParsedSeries {
	name: string;
	labels: Record<string, string>;
	value: number;
}

export interface ParsedFamily {
	name: string;
	type: string;
	help: string;
	series: ParsedSeries[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

export function parseExposition(text: string): Map<string, ParsedFamily> {
	if (!text.endsWith('\n')) throw new Error('the last line is not ended');
	if (!text.isWellFormed()) throw new Error('not UTF-8');
	const families = new Map<string, ParsedFamily>();
	const seen = new Set<string>();
	let family: ParsedFamily | undefined;
	for (const line of text.slice(0, -1).split('\n')) {
		const help = /^# HELP (\S+) (.*)$/.exec(line);
		const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
		if (help) {
			if (families.has(help[1]!)) throw new Error(`family ${help[1]} comes twice`);
			family = { name: help[1]!, type: '', help: help[2]!, series: [] };
			families.set(family.name, family);
		} else if (type) {
			if (family?.name !== type[1] || family!.type !== '') throw new Error(`stray TYPE: ${line}`);
			family!.type = type[2]!;
		} else {
			const series = parseSeries(line);
			const key = `${series.name}${JSON.stringify(Object.entries(series.labels).sort())}`;
			if (seen.has(key)) throw new Error(`series comes twice: ${line}`);
			seen.add(key);
			const names =
				family?.type === 'histogram'
					? ['_bucket', '_sum', '_count'].map((end) => family!.name + end)
					: [family?.name];
			if (!names.includes(series.name)) throw new Error(`not in its family: ${line}`);
			family!.series.push(series);
		}
	}
	for (const each of families.values()) {
		if (each.type === '' || each.series.length === 0) throw new Error(`family ${each.name} is empty`);
	}
	return families;
}

function parseSeries(line: string): ParsedSeries {
	const match = /^([^{\s]+)(?:\{(.*)\})? (\S+)$/s.exec(line);
	if (!match || !NAME.test(match[1]!)) throw new Error(`no series: ${line}`);
	const labels: Record<string, string> = {};
	let rest = match[2] ?? '';
	while (rest !== '') {
		const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,(?=.)|$)/s.exec(rest);
		if (!label || label[1]! in labels) throw new Error(`bad labels: ${line}`);
		labels[label[1]!] = label[2]!.replace(/\\(.)/gs, (_, c: string) => (c === 'n' ? '\n' : c));
		rest = rest.slice(label[0].length);
	}
	const value =
		match[3] === '+Inf'
			? Number.POSITIVE_INFINITY
			: match[3] === '-Inf'
				? Number.NEGATIVE_INFINITY
				: Number(match[3]);
	if (Number.isNaN(value) && match[3] !== 'NaN') throw new Error(`no value: ${line}`);
	return { name: match[1]!, labels, value };
}
