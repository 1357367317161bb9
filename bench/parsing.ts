import { createTracker } from '../core-as/facade/index.ts';
import { builtModules } from '../core-as/testing/modules.ts';
import { OUTBOUND, RECEIVE, RecordWriter, SEND } from '../core-as/testing/record-writer.ts';
import { median } from './report.ts';
import type { Measured } from './rows.ts';

const CONNECTIONS = 20;
const EXCHANGES = 2_000;
const ROUNDS = 15;
const REQUEST =
	'GET /api/orders/17?expand=items HTTP/1.1\r\nHost: shop.example:8000\r\nUser-Agent: bench/1\r\nAccept: */*\r\n\r\n';
const RESPONSE = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 120\r\n\r\n${'x'.repeat(120)}`;

/** HTTP messages a second that the l7 component takes out of drained batches, CPU time of one core. */
export async function measureParsing(): Promise<Measured> {
	const tracker = createTracker(await builtModules());
	const open = new RecordWriter();
	for (let cookie = 1; cookie <= CONNECTIONS; cookie++) open.connection({ cookie, role: OUTBOUND });
	tracker.feed(open.take());
	const exchanges = new RecordWriter();
	for (let i = 0; i < EXCHANGES; i++) {
		const cookie = 1 + (i % CONNECTIONS);
		exchanges.data({ cookie, direction: SEND, time: i * 1000, payload: REQUEST });
		exchanges.data({ cookie, direction: RECEIVE, time: i * 1000 + 500, payload: RESPONSE });
	}
	const batch = exchanges.take();
	const rates: number[] = [];
	for (let round = 0; round < ROUNDS; round++) {
		const before = process.cpuUsage();
		for (let i = 0; i < 20; i++) tracker.feed(batch);
		const { user, system } = process.cpuUsage(before);
		rates.push((20 * 2 * EXCHANGES) / ((user + system) / 1e6));
	}
	const rate = median(rates);
	return { ours: `${(rate / 1e6).toFixed(2)} M/s`, ok: rate >= 1e6 };
}
