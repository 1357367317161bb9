/** How the body of a record is shown: without terminal colours, one line of it in the list. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that are taken out
const TERMINAL = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])/g;

/** Characters of a body in the list: more than any screen is wide. */
const IN_ROW = 600;
/** The same where lines wrap. */
const WRAPPED = 4000;
/** Characters of an open record; the whole is behind a button. */
export const OPEN_CHARACTERS = 20_000;

/** Without terminal escape sequences, which colour and move. */
export const plain = (body: string): string => (body.includes('\x1b') ? body.replaceAll(TERMINAL, '') : body);

/** What stands in the row, and how many lines of the body do not. */
export function rowText(body: string, wrap: boolean): { text: string; more: number } {
	const whole = plain(body.length > 64 * 1024 ? body.slice(0, 64 * 1024) : body).trimEnd();
	if (wrap) return { text: whole.length > WRAPPED ? `${whole.slice(0, WRAPPED)}…` : whole, more: 0 };
	// Leading empty lines would make an empty row.
	const start = whole.search(/\S/);
	if (start < 0) return { text: '', more: 0 };
	const end = whole.indexOf('\n', start);
	const line = end < 0 ? whole.slice(start) : whole.slice(start, end);
	return {
		text: line.length > IN_ROW ? `${line.slice(0, IN_ROW)}…` : line,
		more: end < 0 ? 0 : countLines(body, end),
	};
}

/** Line breaks from `start` on that have something behind them. */
function countLines(body: string, start: number): number {
	const text = body.trimEnd();
	let count = 0;
	for (let at = text.indexOf('\n', start); at >= 0; at = text.indexOf('\n', at + 1)) count++;
	return count;
}
