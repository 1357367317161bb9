import type { RegexMatch } from './label-regex.ts';

/**
 * The replacement of label_replace: `$1`, `${1}`, `$name`, `${name}`, `$$`. A name is the longest run of letters,
 * digits and underscores; what did not match is empty. Source: Go's regexp.Expand.
 */
export function expandReplacement(template: string, { numbered, named }: RegexMatch): string {
	return template.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (text, braced?: string, bare?: string) => {
		if (text === '$$') return '$';
		const name = braced ?? bare!;
		if (/^[0-9]+$/.test(name)) return /^0[0-9]/.test(name) ? '' : (numbered[Number(name)] ?? '');
		return named.get(name) ?? '';
	});
}
