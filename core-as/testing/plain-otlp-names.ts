import type { OtlpNaming } from '../facade/otlp-metrics.ts';

// Names of OTLP as Prometheus has them, in plain TypeScript, written from the rules: what the core is compared with.

const UNITS: Record<string, string> = {
	...{ d: 'days', h: 'hours', min: 'minutes', s: 'seconds', ms: 'milliseconds', us: 'microseconds' },
	...{ ns: 'nanoseconds', By: 'bytes', KiBy: 'kibibytes', MiBy: 'mebibytes', GiBy: 'gibibytes' },
	...{ TiBy: 'tebibytes', kBy: 'kilobytes', KBy: 'kilobytes', MBy: 'megabytes', GBy: 'gigabytes' },
	...{ TBy: 'terabytes', m: 'meters', V: 'volts', A: 'amperes', J: 'joules', W: 'watts', g: 'grams' },
	...{ Cel: 'celsius', Hz: 'hertz', '1': '', '%': 'percent' },
};
const PER: Record<string, string> = {
	...{ s: 'second', m: 'minute', h: 'hour', d: 'day', w: 'week', mo: 'month', y: 'year' },
};

function spelled(unit: string, words: Record<string, string>): string {
	const bare = unit.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '');
	if (/[{}]/.test(bare)) return '';
	return Object.hasOwn(words, bare) ? words[bare]! : bare;
}

function unitWords(unit: string, escapes: boolean): [main: string, per: string] {
	if (Buffer.byteLength(unit) > 256) return ['', ''];
	const slash = unit.indexOf('/');
	const clean = (text: string) => (escapes ? text.replace(/[^a-zA-Z0-9:]+/g, '_').replace(/^_/, '') : text);
	const main = spelled(slash < 0 ? unit : unit.slice(0, slash), UNITS);
	const per = slash < 0 ? '' : spelled(unit.slice(slash + 1), PER);
	return [clean(main), per === '' ? '' : clean(`per_${per}`)];
}

/** The unit of metadata. */
export function plainUnit(unit: string, naming: OtlpNaming): string {
	if (!naming.endsWith('suffixes')) return unit;
	const [main, per] = unitWords(unit, naming.startsWith('underscores'));
	return [main, per]
		.filter((word) => word !== '')
		.join('_')
		.replace(/_$/, '');
}

/** The name of a metric; empty when nothing is left of it. */
export function plainMetricName(
	name: string,
	unit: string,
	kind: 'counter' | 'gauge' | 'other',
	naming: OtlpNaming,
): string {
	const suffix = kind === 'counter' ? 'total' : kind === 'gauge' && unit === '1' ? 'ratio' : '';
	if (naming === 'utf8') return name;
	if (naming === 'utf8-with-suffixes') return name === '' ? '' : suffixed(name, unit, suffix);
	let made: string;
	if (naming === 'underscores')
		made = name
			.split(/[^a-zA-Z0-9:_]+/)
			.filter(Boolean)
			.join('_');
	else {
		const tokens = name.split(/[^a-zA-Z0-9:]+/).filter(Boolean);
		const [main, per] = unitWords(unit, true);
		const perToken = per === 'per_' ? '' : per.replace(/_$/, '');
		if (main !== '' && !tokens.includes(main)) tokens.push(perToken === '' ? main : main.replace(/_$/, ''));
		if (perToken !== '') tokens.push(perToken);
		const kept = suffix === '' ? tokens : [...tokens.filter((token) => token !== suffix), suffix];
		made = kept.join('_');
	}
	if (/^[0-9]/.test(made)) made = `_${made}`;
	return /^_*$/.test(made) && made !== name ? '' : made;
}

function suffixed(name: string, unit: string, suffix: string): string {
	const [main, per] = unitWords(unit, false);
	let made = name;
	const without = (end: string) => {
		if (end !== '' && made.endsWith(end) && Buffer.byteLength(made) > Buffer.byteLength(end) + 1)
			made = Buffer.from(made)
				.subarray(0, -Buffer.byteLength(end) - 1)
				.toString();
	};
	without(suffix);
	without(per);
	if (main !== '' && !made.endsWith(main)) made += `_${main}`;
	if (per !== '') made += `_${per}`;
	return suffix === '' ? made : `${made}_${suffix}`;
}

/** The name of a label; empty when nothing is left of it. */
export function plainLabelName(key: string, naming: OtlpNaming, prefix = ''): string {
	if (naming.startsWith('utf8')) return /^_*$/.test(prefix + key) ? '' : prefix + key;
	let made = prefix + Array.from(key, (it) => (/[a-zA-Z0-9_]/.test(it) ? it : '_')).join('');
	if (/^[0-9]/.test(made)) made = `key_${made}`;
	else if (/^_(?!_)/.test(made)) made = `key${made}`;
	return /^_*$/.test(made) ? '' : made;
}
