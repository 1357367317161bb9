import { type Labels, METRIC_NAME } from '../../telemetry/labels.ts';
import { quoteString } from '../parser/quote.ts';
import { compareText } from './text-order.ts';

/** What tells of a metric and not of the series: most functions drop it. */
export const METADATA_LABELS: readonly string[] = [METRIC_NAME, '__type__', '__unit__'];
const metadata = new Set(METADATA_LABELS);

export const NO_LABELS: Labels = {};

/** A label's value. Names are anybody's, `constructor` and `__proto__` too, so only own properties count. */
export function labelOf(labels: Labels, name: string): string | undefined {
	return Object.hasOwn(labels, name) ? labels[name] : undefined;
}

/** A set to write to, in which every name is as good as any other. */
export function copyLabels(labels: Labels = NO_LABELS): Record<string, string> {
	return Object.assign(Object.create(null), labels) as Record<string, string>;
}

export function isMetadata(name: string): boolean {
	return metadata.has(name);
}

export function dropMetadata(labels: Labels): Labels {
	return hasMetadata(labels) ? without(labels, metadata) : labels;
}

/** Any text but the empty one; what was no UTF-8 has become U+FFFD. */
export function isLabelName(name: string): boolean {
	return name !== '' && !name.includes('\ufffd');
}

function hasMetadata(labels: Labels): boolean {
	return METADATA_LABELS.some((name) => labels[name] !== undefined);
}

export function without(labels: Labels, names: ReadonlySet<string>): Labels {
	const out = copyLabels();
	for (const name in labels) if (!names.has(name)) out[name] = labels[name]!;
	return out;
}

/** Only the given ones, those that are there. */
export function keep(labels: Labels, names: readonly string[]): Labels {
	const out = copyLabels();
	for (const name of names) {
		const value = labelOf(labels, name);
		if (value !== undefined) out[name] = value;
	}
	return out;
}

/** With a label set; an empty value takes it away. */
export function withLabel(labels: Labels, name: string, value: string): Labels {
	const out = copyLabels(labels);
	if (value === '') delete out[name];
	else out[name] = value;
	return out;
}

// Lengths make it certain where a value ends, whatever is in it.

/** A text that is equal for equal label sets only. */
export function signatureOf(labels: Labels): string {
	return signature(labels, Object.keys(labels).sort());
}

/** The same over the given names, sorted. */
export function signatureFor(labels: Labels, names: readonly string[]): string {
	if (names.length === 1) return labelOf(labels, names[0]!) ?? '';
	let out = '';
	for (const name of names) {
		const value = labelOf(labels, name);
		out += value === undefined ? '\x01' : `${value.length}\x02${value}`;
	}
	return out;
}

/** The same over all other names. */
export function signatureWithout(labels: Labels, names: ReadonlySet<string>): string {
	const kept = Object.keys(labels).filter((name) => !names.has(name));
	return signature(labels, kept.sort());
}

function signature(labels: Labels, sorted: readonly string[]): string {
	let out = '';
	for (const name of sorted) {
		const value = labels[name]!;
		out += `${name.length}\x01${name}${value.length}\x02${value}`;
	}
	return out;
}

/** By names and values in turn; a set that is the start of another comes first. Source: Prometheus's labels.Compare. */
export function compareLabels(a: Labels, b: Labels): number {
	return compareSortKeys(sortKeyOf(a), sortKeyOf(b));
}

/** Names and values in turn, by names: made once per label set where many are sorted. */
export function sortKeyOf(labels: Labels): string[] {
	const names = Object.keys(labels).sort(compareText);
	return names.flatMap((name) => [name, labels[name]!]);
}

export function compareSortKeys(a: readonly string[], b: readonly string[]): number {
	const length = Math.min(a.length, b.length);
	for (let i = 0; i < length; i++) {
		const order = compareText(a[i]!, b[i]!);
		if (order !== 0) return order;
	}
	return a.length - b.length;
}

/** `{a="b", c="d"}` */
export function formatLabels(labels: Labels): string {
	const plain = /^[A-Za-z_][A-Za-z0-9_]*$/;
	const names = Object.keys(labels).sort(compareText);
	const pairs = names.map((n) => `${plain.test(n) ? n : quoteString(n)}=${quoteString(labels[n]!)}`);
	return `{${pairs.join(', ')}}`;
}
