'use strict';
// The API of the demo, with the OpenTelemetry SDK: products out of Postgres through a cache in Redis, orders into both.
// Without POSTGRES_PORT or REDIS_PORT it answers from memory.
const { NodeSDK } = require('@opentelemetry/sdk-node');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { logs, trace } = require('@opentelemetry/api');

new NodeSDK({ instrumentations: [new HttpInstrumentation()] }).start();

const { serve } = require('./service.cjs');
const pg = require('pg');
const { createClient } = require('@redis/client');

const PRODUCTS = 40;
const logger = logs.getLogger('shop-api');
const note = (severityNumber, severityText, body) => logger.emit({ severityNumber, severityText, body });

const postgres = process.env.POSTGRES_PORT
	? new pg.Pool({
			host: '127.0.0.1',
			port: Number(process.env.POSTGRES_PORT),
			user: 'shop',
			database: 'postgres',
			max: 8,
		})
	: undefined;
// Redis before 7.2 refuses what newer clients say at first, and each refusal is a failure on the map.
const redis = process.env.REDIS_PORT
	? createClient({
			url: `redis://127.0.0.1:${process.env.REDIS_PORT}`,
			disableClientInfo: true,
			maintNotifications: 'disabled',
		})
	: undefined;

/** Runs SQL; a comment names the trace that it belongs to (https://google.github.io/sqlcommenter/spec/). */
function query(sql, values) {
	const context = trace.getActiveSpan()?.spanContext();
	const comment = context ? `/*traceparent='00-${context.traceId}-${context.spanId}-01'*/` : '';
	return postgres.query(`${sql} ${comment}`, values);
}

async function open() {
	postgres?.on('error', () => {});
	redis?.on('error', () => {});
	await redis?.connect();
	if (!postgres) return;
	await postgres.query('CREATE TABLE products (id int PRIMARY KEY, name text, price numeric)');
	await postgres.query('CREATE TABLE orders (id int PRIMARY KEY, product int, state text, made timestamptz)');
	for (let id = 1; id <= PRODUCTS; id++)
		await postgres.query('INSERT INTO products VALUES ($1, $2, $3)', [id, `Thing ${id}`, id * 3]);
}

async function product(id) {
	const key = `product:${id}`;
	const cached = await redis?.get(key);
	if (cached) return JSON.parse(cached);
	if (!postgres) return id <= PRODUCTS ? { id, name: `Thing ${id}` } : undefined;
	const { rows } = await query('SELECT id, name, price FROM products WHERE id = $1', [id]);
	if (rows[0]) await redis?.set(key, JSON.stringify(rows[0]), { expiration: { type: 'EX', value: 5 } });
	return rows[0];
}

/** What others bought: costs time of the CPU, for the flame graph. */
function recommend(id) {
	const scores = [];
	for (let other = 1; other <= PRODUCTS; other++) scores.push([other, similarity(id, other)]);
	return scores.sort((a, b) => b[1] - a[1]).slice(0, 3);
}

function similarity(a, b) {
	let sum = 0;
	for (let i = 1; i < 4_000; i++) sum += Math.sin(a * i) * Math.sin(b * i);
	return sum;
}

let orders = 0;
async function order(id) {
	// Every twelfth order comes twice, which the database refuses.
	const number = ++orders % 12 === 0 ? orders - 1 : orders;
	await (postgres && query('INSERT INTO orders VALUES ($1, $2, $3, now())', [number, id, 'new']));
	await redis?.lPush('orders', JSON.stringify({ number, product: id }));
	note(9, 'INFO', `order ${number} of product ${id} is taken`);
	return number;
}

async function handle(request, url) {
	const [, what, id] = url.pathname.split('/');
	try {
		if (what === 'products' && id) {
			const found = await product(Number(id));
			if (!found) {
				note(13, 'WARN', `there is no product ${id}`);
				return [404, { error: 'no such product' }];
			}
			return [200, { ...found, others: recommend(Number(id)) }];
		}
		if (what === 'orders' && request.method === 'POST') return [201, { order: await order(Number(id) || 1) }];
		if (what === 'report') {
			const sql =
				'SELECT product, count(*), pg_sleep(0.25) FROM orders GROUP BY product ORDER BY 2 DESC LIMIT 1';
			return [200, postgres ? (await query(sql)).rows : []];
		}
		return [404, { error: 'not here' }];
	} catch (error) {
		note(17, 'ERROR', `${request.method} ${url.pathname} failed: ${error.message}`);
		return [500, { error: 'the order failed' }];
	}
}

open().then(
	() => serve(handle),
	(error) => {
		console.error(`The API of the demo cannot begin: ${error.message}`);
		process.exit(1);
	},
);
