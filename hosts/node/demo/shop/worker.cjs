'use strict';
// Takes orders out of the queue in Redis and writes their state to Postgres; logs in JSON, as pino does.
const { createClient } = require('@redis/client');
const pg = require('pg');
const { ready } = require('./service.cjs');
const { write } = require('./log-file.cjs');

const LEVELS = { info: 30, warn: 40, error: 50 };
const log = (level, msg, more = {}) =>
	write(
		JSON.stringify({
			level: LEVELS[level],
			time: Date.now(),
			pid: process.pid,
			name: 'worker',
			...more,
			msg,
		}),
	);

// Redis before 7.2 refuses what newer clients say at first, and each refusal is a failure on the map.
const redis = createClient({
	url: `redis://127.0.0.1:${process.env.REDIS_PORT}`,
	disableClientInfo: true,
	maintNotifications: 'disabled',
});
redis.on('error', () => {});
const postgres = process.env.POSTGRES_PORT
	? new pg.Client({
			host: '127.0.0.1',
			port: Number(process.env.POSTGRES_PORT),
			user: 'shop',
			database: 'postgres',
		})
	: undefined;
postgres?.on('error', () => {});

async function work({ number, product }) {
	log('info', 'order taken', { order: number, product });
	if (number % 9 === 0) log('warn', 'the printer is slow, trying again', { order: number });
	await postgres?.query('UPDATE orders SET state = $1 WHERE id = $2', ['sent', number]);
	if (number % 25 === 0)
		log('error', 'cannot print the label: out of paper', { order: number, err: { type: 'PrinterError' } });
}

async function run() {
	await redis.connect();
	await postgres?.connect();
	ready({});
	for (;;) {
		const taken = await redis.brPop('orders', 5);
		if (taken) await work(JSON.parse(taken.element));
	}
}

run().catch((error) => {
	console.error(`The worker of the demo ended: ${error.message}`);
	process.exit(1);
});
