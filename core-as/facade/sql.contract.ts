import assert from 'node:assert/strict';
import { builtModules } from '../testing/modules.ts';
import { Random } from '../testing/random.ts';
import { createCodec } from './codec.ts';

const codec = createCodec(await builtModules());
const SECRET = 'hunter2Zx9';

const STATEMENTS: [string, string][] = [
	[
		"SELECT * FROM t1 WHERE a = 'x' AND b IN (1, 2.5, 0x1f, 1e-5) AND c = $1",
		'SELECT * FROM t1 WHERE a = ? AND b IN (?, ?, ?, ?) AND c = $1',
	],
	['SELECT `col 1`, t2.a FROM t2 LIMIT 10', 'SELECT `col 1`, t2.a FROM t2 LIMIT ?'],
	["SELECT 'it''s', 1", 'SELECT ?, ?'],
	["SELECT 'unterminated", 'SELECT ?'],
	["SELECT E'a', x'1f', N'b', U&'c', .5", 'SELECT ?, ?, ?, ?, ?'],
	["SELECT $$a'b$$, $tag$ $x$ $tag$, 1", 'SELECT ?, ?, ?'],
	['select größe, "a""b" from t', 'select größe, ? from t'],
	['a /* one */ b -- two\n c', 'a  b \n c'],
	['SELECT a # $1 # 2\n FROM t', 'SELECT a # $1 # ?\n FROM t'],
	// A blank in some dialects, and a number behind it.
	['a =\u00a017', 'a =\u00a0?'],
	// From here on it depends on the dialect what a literal is.
	["SELECT 'a\\' , 'secret'", 'SELECT ?'],
	["SELECT /* /* */ it's */ 'secret'", 'SELECT '],
	["SELECT 1 # it's\n, 'secret'", 'SELECT ? ?'],
	["SELECT 1 --it's\n, 'secret'", 'SELECT ? ?'],
	["SELECT 1 -- it's\n, 'secret'", 'SELECT ? \n, ?'],
	["SELECT 1 -- a\r , 'it\n secret", 'SELECT ? ?'],
	["SELECT q'[it's secret]', 1", 'SELECT ?'],
	['', ''],
];

/** What one dialect may have in a statement; literals and comments hold a secret and what may confuse. */
const DIALECTS: Record<string, string[]> = {
	postgres: [
		`'it''s ${SECRET}'`,
		`E'\\'${SECRET}'`,
		`'\\'`,
		`$$ ' ${SECRET} $$`,
		`$a$ $$ ${SECRET} " $a$`,
		`"${SECRET} ' name"`,
		`/* ' /* ${SECRET} */ ' ${SECRET} */`,
		`-- ' ${SECRET}\n`,
		`--${SECRET}"\n`,
		`-- ${SECRET}\r`,
		'#',
		'$1',
	],
	mysql: [
		`'it''s ${SECRET}'`,
		`'\\' ${SECRET}'`,
		`"\\"${SECRET}"`,
		`"' ${SECRET}"`,
		'`a name`',
		`/* ' ${SECRET} /* */`,
		`# ${SECRET} '\n`,
		`-- ${SECRET} \`\n`,
		'--',
		'a$b',
		"_utf8'x'",
	],
	oracle: [
		`'it''s ${SECRET}'`,
		`q'[it's ${SECRET}]'`,
		`NQ'{' ${SECRET}}'`,
		`'\\'`,
		`"A name"`,
		`/* /* ' ${SECRET} */`,
		`--' ${SECRET}\n`,
		'a$b',
		'a#b',
	],
};
const EVERYWHERE = [
	'select',
	' ',
	' ',
	'\n',
	',',
	'(',
	')',
	'=',
	'größe',
	't1.a',
	';',
	'1e-5',
	'-',
	'/',
	'*',
	'.',
];

export const cases: Record<string, () => void> = {
	'literals and comments go, all else stays; where dialects differ, all that follows goes'() {
		for (const [given, wanted] of STATEMENTS) assert.equal(codec.redactSql(given), wanted, given);
	},

	'no literal of any dialect gets out, whatever stands beside it'() {
		const random = new Random(5);
		for (const [dialect, own] of Object.entries(DIALECTS)) {
			for (let i = 0; i < 5_000; i++) {
				const parts = Array.from({ length: 1 + random.below(12) }, () =>
					random.below(2) ? own[random.below(own.length)] : EVERYWHERE[random.below(EVERYWHERE.length)],
				);
				const sql = parts.join(' ');
				const redacted = codec.redactSql(sql);
				assert.ok(!redacted.includes(SECRET), `${dialect}: ${sql} becomes ${redacted}`);
				assert.ok(redacted.length <= sql.length);
			}
		}
	},

	'what is redacted once needs no more, whatever the bytes: no trap'() {
		const random = new Random(9);
		const all = [
			...EVERYWHERE,
			...Object.values(DIALECTS).flat(),
			"'",
			'"',
			'`',
			'$',
			'$a',
			'/*',
			'*/',
			'--',
			'#',
			'\\',
			'\0',
		];
		for (let i = 0; i < 20_000; i++) {
			const sql = Array.from({ length: random.below(9) }, () => all[random.below(all.length)])
				.join('')
				.slice(random.below(4));
			const once = codec.redactSql(sql);
			// Comments that go may bring two characters together.
			if (!/--|\/\*/.test(sql)) assert.equal(codec.redactSql(once), once, sql);
		}
		assert.equal(codec.traps, 0);
	},
};
