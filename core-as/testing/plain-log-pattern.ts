import { createHash } from 'node:crypto';

/** The pattern of a message in plain TypeScript, step by step as docs/formats.md has it: the oracle. */
export function plainPattern(message: string): string {
	const opened: string[] = [];
	let quote = '';
	let kept = '';
	for (let i = 0; i < message.length; i++) {
		const char = message[i]!;
		if ('[({'.includes(char)) {
			if (!quote) opened.push(char);
		} else if ('])}'.includes(char)) {
			if (opened.at(-1) === '[({'['])}'.indexOf(char)]) {
				opened.pop();
				continue;
			}
		} else if (char === '"' || char === "'") {
			if (message[i - 1] !== '\\' && opened.length === 0) {
				if (!quote) quote = char;
				else if (quote === char) {
					quote = '';
					continue;
				}
			}
		}
		if (!quote && opened.length === 0) kept += char;
	}
	return kept
		.split(/[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/)
		.map((word) => word.replace(/[=:\],;]+$/, ''))
		.filter((word) => new TextEncoder().encode(word).length >= 2)
		.filter((word) => !/^0x[0-9a-f]+$|^0x[0-9A-Fa-f]+$|^[0-9a-fA-F]{4,}$/.test(word))
		.filter((word) => !/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/.test(word))
		.map((word) => word.replace(/[0-9]/g, ''))
		.filter((word) => /^[a-zA-Z][a-zA-Z._-]*[a-zA-Z]$/.test(word))
		.slice(0, 100)
		.join(' ');
}

export const patternHash = (pattern: string): string => createHash('md5').update(pattern).digest('hex');
