/** Lines of a screen as what a terminal understands. Source: ECMA-48, select graphic rendition. */

import type { Line, Style } from '../../../app/node-agent/live/top-screen.ts';

const SGR: Record<Style, string> = { plain: '', bold: '1', dim: '2', bad: '31', title: '1;4', chosen: '7' };

/** @param colour false leaves red out: https://no-color.org */
export function toAnsi(lines: readonly Line[], colour: boolean): string {
	return lines
		.map((line) =>
			line
				.map(({ text, style }) => {
					const code = style === 'bad' && !colour ? '1' : SGR[style];
					return code === '' ? text : `\x1b[${code}m${text}\x1b[0m`;
				})
				.join(''),
		)
		.join('\r\n');
}
