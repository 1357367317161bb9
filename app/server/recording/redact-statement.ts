import type { SqlCodec } from '../../../core-as/facade/index.ts';

/** Literals out of statements of databases. Rather too much than too little: what cannot be told apart goes. */

/** SQL of any dialect without literals and comments. */
export type RedactSql = SqlCodec['redactSql'];

const GONE = '?';
const SQL_VERB =
	/(?:alter|analyze|begin|call|commit|copy|create|declare|delete\s|drop|exec(?:ute)?\s|explain|fetch|grant|insert|listen|merge|prepare|replace|revoke|rollback|select|show|start|truncate|update|use\s|vacuum|values|with)/iy;

/** A statement that is known to be one (SQL, Redis or another language), without its literals. */
export function redactStatement(text: string, redactSql: RedactSql): string {
	if (isSql(text)) return redactSql(text);
	// Redis and what is unknown: the first word of each line is the command, the rest may be anything.
	return text
		.split('\n')
		.map((line) => line.trim().split(/\s+/))
		.map(([command = '', ...rest]) => [
			/^[A-Za-z][\w.]*$/.test(command) ? command : GONE,
			...rest.map(() => GONE),
		])
		.map((words) => (words.length === 1 && words[0] === GONE ? GONE : words.join(' ')))
		.join('\n');
}

/** By its first word, behind comments and brackets. */
function isSql(text: string): boolean {
	let at = 0;
	for (;;) {
		while (/[\s(;]/.test(text[at] ?? '')) at++;
		const comment = text.startsWith('--', at) ? '\n' : text.startsWith('/*', at) ? '*/' : null;
		if (comment === null) break;
		const end = text.indexOf(comment, at + 2);
		if (end < 0) return true;
		at = end + comment.length;
	}
	SQL_VERB.lastIndex = at;
	return SQL_VERB.test(text);
}

const SQL_STARTS =
	/\b(?:select|insert\s{1,8}into|replace\s{1,8}into|update|delete\s{1,8}from|values\s{0,8}\()/gi;
/** Values of these are secrets as often as not. Upper case only: in lower case they are words. */
const REDIS_WRITES =
	/\b(?:APPEND|AUTH|EVAL|GETSET|HELLO|HM?SET|HSETNX|LINSERT|L(?:PUSH|REM|SET)X?|MSET(?:NX)?|PFADD|PSETEX|PUBLISH|RPUSHX?|S(?:ADD|ET|ETEX|ETNX|ISMEMBER|REM)|XADD|ZADD)[ \t]+(?=\S)[^\n]*/g;

/** Statements within any text, such as a line of a log: from where one starts, literals go to the text's end. */
export function redactStatementsIn(text: string, redactSql: RedactSql): string {
	const start = startOfSql(text);
	const before = start < 0 ? text : text.slice(0, start);
	const redis = before.replace(REDIS_WRITES, (all) => `${/^\w+/.exec(all)![0]} ${GONE}`);
	return start < 0 ? redis : redis + redactSql(text.slice(start));
}

/** English has select, update and values too: one counts with its second keyword behind it, or in capitals. */
function startOfSql(text: string): number {
	let last: { from: number; set: number } | undefined;
	for (const { 0: match, index } of text.matchAll(SQL_STARTS)) {
		if (match === 'SELECT' || match === 'UPDATE') return index;
		const word = match.toLowerCase();
		if (word !== 'select' && word !== 'update') return index;
		last ??= { from: lastIndex(text, /\b(?:from|where)\b/gi), set: lastIndex(text, /\bset\b/gi) };
		if ((word === 'select' ? last.from : last.set) > index) return index;
	}
	return -1;
}

function lastIndex(text: string, word: RegExp): number {
	let last = -1;
	for (const { index } of text.matchAll(word)) last = index;
	return last;
}
