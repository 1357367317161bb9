import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCodec } from '../../../core-as/facade/index.ts';
import { builtModules } from '../../../core-as/testing/modules.ts';
import * as statement from './redact-statement.ts';
import * as text from './redact-text.ts';
import { isSecretName, redactQuery } from './redact-text.ts';

const { redactSql } = createCodec(await builtModules());
const redactText = (given: string) => text.redactText(given, redactSql);
const redactNamed = (name: string, value: string) => text.redactNamed(name, value, redactSql);
const redactStatement = (given: string) => statement.redactStatement(given, redactSql);

const SECRET = 'hunter2Zx9';

describe('texts', () => {
	it.each([
		`Authorization: Bearer ${SECRET}`,
		`authorization=Basic ${SECRET} and more`,
		`{"authorization":"Bearer ${SECRET}","a":1}`,
		`{'Authorization': 'Token ${SECRET}'}`,
		`{\\"authorization\\":\\"Bearer ${SECRET}\\"}`,
		`curl -H 'Proxy-Authorization: Negotiate ${SECRET}'`,
		`got bearer ${SECRET}.`,
		`Basic ${SECRET}=`,
		`Cookie: a=1; sid=${SECRET}; b=2`,
		`Set-Cookie: sid=${SECRET}; Path=/`,
		`"cookie": ["x", "sid=${SECRET}"]`,
		`X-API-Key: ${SECRET}`,
		`api_key=${SECRET}`,
		`apiKey => "${SECRET}"`,
		`{"password":"a\\"${SECRET}"}`,
		`password=ab,${SECRET}`,
		`PGPASSWORD=${SECRET} psql`,
		`db_password_old: ${SECRET}`,
		`<password>${SECRET}</password>`,
		`client-secret = ${SECRET}`,
		`access_token=${SECRET}&x=1`,
		`postgres://shop:${SECRET}@db:5432/shop`,
		`postgres://shop:p@${SECRET}@db:5432/shop`,
		`GET /cart?id=1&coupon=${SECRET} HTTP/1.1`,
		`GET https://shop/cart?${SECRET}`,
		`INSERT INTO users VALUES ('${SECRET}')`,
		`ERROR: x STATEMENT:  insert into users (name) values ('it''s ${SECRET}')`,
		`select * from users where name = "${SECRET}"`,
		`UPDATE users SET pin = 1 -- ${SECRET}`,
		`SELECT $tag$ ${SECRET} $tag$`,
		`SELECT E'a\\'${SECRET}'`,
		`redis: SET session:1 ${SECRET}`,
		`HSET user:1 name ${SECRET}`,
		`AUTH ${SECRET}`,
		`-----BEGIN RSA PRIVATE KEY-----\n${SECRET}\n-----END RSA PRIVATE KEY-----`,
		`ghp_${SECRET}${'x'.repeat(20)}`,
		`OpenAI sk-proj-${SECRET}1234567890`,
		`saw eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ${SECRET}.c2ln`,
	])('%s', (text) => {
		expect(text).toContain(SECRET);
		expect(redactText(text)).not.toContain(SECRET);
	});

	it.each([
		'GET /cart HTTP/1.1 200 in 12 ms',
		'user 42 logged in from 10.0.0.1:5123',
		'please select one of the 3 options',
		'update 3 of 5 is done, it went well',
		'what? nothing happened',
		'Basic authentication is on',
		'operator=(std::string const&)',
		'keyboard: us',
	])('what is no secret stays: %s', (text) => {
		expect(redactText(text)).toBe(text);
	});

	it('says where something was, and leaves the rest readable', () => {
		expect(redactText('GET /cart?id=17&flag http://u:p@h/ password=x')).toBe(
			'GET /cart?id=REDACTED&REDACTED http://REDACTED@h/ password=REDACTED',
		);
		expect(redactQuery('a=1&&b=2&token')).toBe('a=REDACTED&&b=REDACTED&REDACTED');
	});

	it('takes time in proportion to the text, whatever stands in it', () => {
		const parts = [
			'eyJ-',
			'password',
			'\\',
			'"',
			"'",
			'?',
			'://',
			'/*a*/ ',
			'--\n',
			'basic a',
			' \t',
			'$a',
			'select ',
			'# ',
			'--a',
			'/*',
		];
		for (const part of parts) {
			const started = performance.now();
			redactText(part.repeat(200_000 / part.length));
			redactStatement(part.repeat(200_000 / part.length));
			expect(performance.now() - started, JSON.stringify(part)).toBeLessThan(5_000);
		}
	});

	it('never fails, and what is redacted once needs no more', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
				const once = redactText(`password=${text.replaceAll(/\s/g, '')}`);
				expect(redactText(once)).toBe(once);
			}),
		);
	});
});

describe('statements', () => {
	it.each([
		[
			"SELECT * FROM t1 WHERE a = 'x' AND b IN (1, 2.5, 0x1f, 1e-5) AND c = $1",
			'SELECT * FROM t1 WHERE a = ? AND b IN (?, ?, ?, ?) AND c = $1',
		],
		['/* a */ with x as (select 7) select * from x', ' with x as (select ?) select * from x'],
		["SELECT 'unterminated", 'SELECT ?'],
		['SELECT `col 1`, t2.a FROM t2 LIMIT 10', 'SELECT `col 1`, t2.a FROM t2 LIMIT ?'],
		// What ends where depends on the dialect: behind it may be a literal's inside.
		["SELECT /* /* */ it's */ 'secret'", 'SELECT '],
		["SELECT 1 # it's\n, 'secret'", 'SELECT ? ?'],
		["SELECT 1 --it's\n, 'secret'", 'SELECT ? ?'],
		["SELECT 1 -- it's\n, 'secret'", 'SELECT ? \n, ?'],
		['SELECT a # $1 # 2\n FROM t', 'SELECT a # $1 # ?\n FROM t'],
		['SET session:17 abc EX 60', 'SET ? ? ? ?'],
		['GET session:17\nDEL a b', 'GET ?\nDEL ? ?'],
		['{"find":"users","filter":{"name":"x"}}', '?'],
		['', '?'],
	])('%s', (given, wanted) => {
		expect(redactStatement(given)).toBe(wanted);
	});
});

describe('names', () => {
	it.each([
		'http.request.header.authorization',
		'http.request.header.x-api-key',
		'http.response.header.set-cookie',
		'http_request_header_cookie',
		'db.password',
		'db.query.parameter.0',
		'session.id',
		'sessionId',
	])('%s is a secret', (name) => {
		expect(isSecretName(name)).toBe(true);
		expect(redactNamed(name, SECRET)).toBe('REDACTED');
	});

	it.each([
		['db.statement', 'GET a', 'GET ?'],
		['db.query.text', 'select 1', 'select ?'],
		['query', "select 'x'", 'select ?'],
		['url.query', 'a=1&b', 'a=REDACTED&REDACTED'],
		['http.url', 'http://h/p?a=1', 'http://h/p?a=REDACTED'],
		['service.name', 'shop', 'shop'],
		['container_id', '/docker/abc', '/docker/abc'],
	])('%s', (name, value, wanted) => {
		expect(redactNamed(name, value)).toBe(wanted);
	});
});
