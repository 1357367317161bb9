import { type RedactSql, redactStatement, redactStatementsIn } from './redact-statement.ts';

/**
 * Secrets out of texts and named values. What is redacted and what is not is a promise of docs/operations.md, "Record and
 * replay". Every pattern takes time in proportion to the text: repetitions that could meet again are bounded.
 */

export const REDACTED = 'REDACTED';

const SECRET_NAME =
	/(?:key|token|secret|passw(?:or)?d|passphrase|pwd|authorization|auth|cookie2?|credential|session[-_.]?id|jwt|signature)s?$/i;
const STATEMENT_NAME = /(?:^|[._])(?:query|statement|query[._]text|sql)$/i;
const PARAMETER_NAME = /(?:^|[._])(?:(?:query|operation|statement)[._]parameters?)(?:[._]|$)/i;
const QUERY_NAME = /(?:^|[._])(?:url|http|uri)[._]query(?:[._]string)?$|(?:^|[._])query[._]string$/i;

/** Whether the whole value of an attribute or label of this name is a secret. */
export function isSecretName(name: string): boolean {
	return SECRET_NAME.test(name) || PARAMETER_NAME.test(name);
}

/** The value of an attribute or label, redacted as its name asks for. */
export function redactNamed(name: string, value: string, redactSql: RedactSql): string {
	if (isSecretName(name)) return value === '' ? value : REDACTED;
	if (QUERY_NAME.test(name)) return redactQuery(value.startsWith('?') ? value.slice(1) : value);
	if (STATEMENT_NAME.test(name)) return redactText(redactStatement(value, redactSql), redactSql);
	return redactText(value, redactSql);
}

/** A value that was quoted, with any number of backslashes before its quote, or one without quotes. */
const QUOTED = String.raw`"(?:[^"\\]|\\[^])*"?|'(?:[^'\\]|\\[^])*'?|\\+["'][^\n]*`;
const SEPARATOR = String.raw`\\{0,4}["']?[ \t]{0,4}[:=>]{1,3}[ \t]{0,4}`;
/** To the end of the line: these have blanks and semicolons in them. */
const HEADERS = new RegExp(String.raw`((?:authorization|cookie2?)${SEPARATOR})(?:${QUOTED}|[^\n]+)`, 'gi');
const PAIRS = new RegExp(
	String.raw`((?:passw(?:or)?d|passphrase|pwd|secret|token|api[-_ ]?key|access[-_ ]?key|private[-_ ]?key|credential|session[-_]?id|jwt|signature)[\w-]{0,16}${SEPARATOR})(?:${QUOTED}|\S+)`,
	'gi',
);
const BEARER = /\b((?:bearer|digest|negotiate|apikey)[ \t]{1,4})[^\s"',;<>:=][^\s"',;<>]*/gi;
/** Base64 with a capital, a digit or `=`: not the word behind "basic". */
const BASIC = /\b((?:basic|Basic|BASIC)[ \t]{1,4})(?=[a-z+/]{0,512}[A-Z\d=])[\w+/=-]{4,}/g;
/** Keys that show by their shape what they are: tokens of the web, AWS, GitHub, GitLab, Slack, Stripe, OpenAI, Google. */
const SHAPES =
	/(?<![\w-])(?:eyJ[\w-]{8,2048}\.[\w-]{2,4096}(?:\.[\w-]*)?|(?:AKIA|ASIA)[A-Z\d]{16}\b|gh[opsur]_\w{20,255}|github_pat_\w{20,255}|glpat-[\w-]{20,255}|xox[abeprs]-[\w-]{10,255}|[rs]k[-_][\w-]{16,255}|AIza[\w-]{30,64})/g;
const PRIVATE_KEYS =
	/-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,32}PRIVATE KEY-----|$)/g;
const USER_OF_URL = /(:\/\/)[^\s/"'<>]{1,512}@/g;
const QUERY_OF_URL = /\?([^\s"'<>#?]+)/g;
/** How far before a `?` its URL is looked for. */
const URL_LOOK_BACK = 1024;

/** Any text: headers, pairs of name and value, tokens, URLs and statements that are in it. */
export function redactText(text: string, redactSql: RedactSql): string {
	if (text.length < 4) return text;
	const plain = text
		.replace(PRIVATE_KEYS, REDACTED)
		.replace(USER_OF_URL, `$1${REDACTED}@`)
		.replace(QUERY_OF_URL, (all, query: string, at: number) =>
			query.includes('=') || isUrl(text.slice(Math.max(0, at - URL_LOOK_BACK), at))
				? `?${redactQuery(query)}`
				: all,
		)
		.replace(HEADERS, `$1${REDACTED}`)
		.replace(BEARER, `$1${REDACTED}`)
		.replace(BASIC, `$1${REDACTED}`)
		.replace(PAIRS, `$1${REDACTED}`)
		.replace(SHAPES, REDACTED);
	return redactStatementsIn(plain, redactSql);
}

/** A query string with every value, and every part without a name, replaced. */
export function redactQuery(query: string): string {
	return query
		.split('&')
		.map((part) => {
			const equals = part.indexOf('=');
			if (part === '') return part;
			return equals < 0 ? REDACTED : `${part.slice(0, equals + 1)}${REDACTED}`;
		})
		.join('&');
}

/** Whether what stands before a `?` is a path or address. */
function isUrl(before: string): boolean {
	return /\/\S*$/.test(before.slice(Math.max(before.lastIndexOf(' '), before.lastIndexOf('\n')) + 1));
}
