/** Literals out of statements of databases. Rather too much than too little: what cannot be told apart goes. */

const GONE = '?';
const SQL_VERB =
	/(?:alter|analyze|begin|call|commit|copy|create|declare|delete\s|drop|exec(?:ute)?\s|explain|fetch|grant|insert|listen|merge|prepare|replace|revoke|rollback|select|show|start|truncate|update|use\s|vacuum|values|with)/iy;

/** A statement that is known to be one (SQL, Redis or another language), without its literals. */
export function redactStatement(text: string): string {
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

/** SQL without strings, numbers and comments; what stands in double quotes may be a string too, and goes as well. */
export function redactSql(sql: string): string {
	let out = '';
	let at = 0;
	/** Up to here no `#` can hide a quote. */
	let plainUntil = 0;
	while (at < sql.length) {
		const c = sql[at]!;
		if (c === "'" || c === '"') {
			at = endOfQuotes(sql, at);
			out += GONE;
		} else if (c === '$' && !/\d/.test(sql[at + 1] ?? '')) {
			const tag = /^\$(?:[A-Za-z_]\w{0,63})?\$/.exec(sql.slice(at, at + 66))?.[0];
			if (tag === undefined) {
				out += c;
				at++;
				continue;
			}
			const end = sql.indexOf(tag, at + tag.length);
			at = end < 0 ? sql.length : end + tag.length;
			out += GONE;
		} else if (sql.startsWith('/*', at)) {
			at = endOfBlock(sql, at);
		} else if (sql.startsWith('--', at) || (c === '#' && at >= plainUntil)) {
			const newline = sql.indexOf('\n', at);
			const end = newline < 0 ? sql.length : newline;
			// In some dialects `#`, and `--` without a blank behind it, begin a comment: with a quote in the line nobody knows
			// what is a literal from there on, and all of it goes.
			const certain = c === '-' && /^--(?:\s|$)/.test(sql.slice(at, at + 3));
			if (!certain && QUOTE.test(sql.slice(at, end))) return out + GONE;
			// Where it is no comment, `#` is an operator.
			if (c === '#') plainUntil = end;
			else at = end;
		} else if (/[\w$`]/.test(c)) {
			// `$1` is a placeholder, `t1` a name, `0x1f` and `1e-5` are numbers.
			WORD.lastIndex = at;
			const word = WORD.exec(sql)?.[0] ?? c;
			out += /^\d/.test(word) ? GONE : word;
			at += word.length;
		} else {
			out += c;
			at++;
		}
	}
	return out;
}

const WORD = /`[^`]*`?|\d(?:[\w.]|(?<=[eE])[+-])*|[\w$]+/y;

/** What begins something that ends elsewhere. */
const QUOTE = /['"`]|\$(?!\d)|\/\*/;

/** Comments nest in some dialects: where one begins in another, nobody knows where they end, and all behind it goes. */
function endOfBlock(sql: string, start: number): number {
	const end = sql.indexOf('*/', start + 2);
	return end < 0 || sql.slice(start + 2, end).includes('/*') ? sql.length : end + 2;
}

/** Dialects differ in what a backslash means: where one stands, nothing behind it is certain, and all of it goes. */
function endOfQuotes(sql: string, start: number): number {
	const quote = sql[start]!;
	for (let at = start + 1; at < sql.length; at++) {
		if (sql[at] === '\\') return sql.length;
		if (sql[at] !== quote) continue;
		if (sql[at + 1] !== quote) return at + 1;
		at++;
	}
	return sql.length;
}

const SQL_STARTS =
	/\b(?:select|insert\s{1,8}into|replace\s{1,8}into|update|delete\s{1,8}from|values\s{0,8}\()/gi;
/** Values of these are secrets as often as not. Upper case only: in lower case they are words. */
const REDIS_WRITES =
	/\b(?:APPEND|AUTH|EVAL|GETSET|HELLO|HM?SET|HSETNX|LINSERT|L(?:PUSH|REM|SET)X?|MSET(?:NX)?|PFADD|PSETEX|PUBLISH|RPUSHX?|S(?:ADD|ET|ETEX|ETNX|ISMEMBER|REM)|XADD|ZADD)[ \t]+(?=\S)[^\n]*/g;

/** Statements within any text, such as a line of a log: from where one starts, literals go to the text's end. */
export function redactStatementsIn(text: string): string {
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
