import assert from 'node:assert/strict';
import { onlyRow, rowsOf } from '../testing/activity-row.ts';
import { builtModules } from '../testing/modules.ts';
import { FOUND_OPEN, INBOUND, OUTBOUND, RECEIVE, RecordWriter, SEND } from '../testing/record-writer.ts';
import type { CoreModules } from './component.ts';
import { createTracker, type L7Tracker, type TrackerOptions } from './tracker.ts';

let modules: Promise<CoreModules> | undefined;

async function tracker(options?: TrackerOptions): Promise<L7Tracker> {
	modules ??= builtModules();
	return createTracker(await modules, options);
}

const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const RESPONSE = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

export const cases: Record<string, () => void | Promise<void>> = {
	async 'an outbound connection lives, moves bytes and closes'() {
		const l7 = await tracker();
		const records = new RecordWriter();
		records.connection({ cookie: 1, role: OUTBOUND, duration: 3e6, remote: ['10.0.0.9', 5432] });
		records.data({ cookie: 1, direction: SEND, time: 5, payload: 'hello' });
		records.bytes({ cookie: 1, sent: 10, received: 20 });
		l7.feed(records.take());
		const open = onlyRow(l7.take());
		assert.equal(open.address, '10.0.0.9:5432');
		assert.equal(open.role, OUTBOUND);
		assert.deepEqual([open.connects, open.connectSeconds, open.active], [1, 0.003, 1]);
		assert.deepEqual([open.bytesSent, open.bytesReceived], [15, 20]);

		// Nothing new: only the gauge stays.
		const idle = onlyRow(l7.take());
		assert.deepEqual([idle.connects, idle.active, idle.bytesSent], [0, 1, 0]);

		records.bytes({ cookie: 1, close: true, sent: 1, received: 2, retransmits: 3 });
		l7.feed(records.take());
		const closed = onlyRow(l7.take());
		assert.deepEqual(
			[closed.active, closed.bytesSent, closed.bytesReceived, closed.retransmits],
			[0, 1, 2, 3],
		);
		assert.equal(l7.take().rows, 0);
		assert.deepEqual(
			{ ...l7.counters() },
			{
				records: 4,
				bytes: 88 + 29 + 40 + 40,
				unknownConnections: 0,
				truncated: 0,
				malformed: 0,
				shed: 0,
				connections: 0,
				rows: 0,
				noted: 0,
				spans: 0,
				spansUnsampled: 0,
				spansLimited: 0,
				spansOverflow: 0,
				spansUnnoted: 0,
				traps: 0,
			},
		);
	},
	async 'rows are kept per process, role, address and port'() {
		const l7 = await tracker();
		const records = new RecordWriter();
		const ends = { local: ['10.0.0.1', 8080], remote: ['10.0.0.2', 50_000] } as const;
		const add = (cookie: number, role: number, pid: number, more: object = {}) =>
			records.connection({ cookie, role, pid, local: [...ends.local], remote: [...ends.remote], ...more });
		add(1, INBOUND, 1);
		add(2, INBOUND, 1, { remote: ['10.0.0.3', 50_001] });
		add(3, INBOUND, 2);
		add(4, OUTBOUND, 1);
		add(5, OUTBOUND, 1, { remote: ['10.0.0.2', 50_001] });
		l7.feed(records.take());
		const rows = rowsOf(l7.take()).map(({ pid, role, address, active, connects }) => ({
			pid,
			role,
			address,
			active,
			connects,
		}));
		assert.deepEqual(rows, [
			{ pid: 1, role: OUTBOUND, address: '10.0.0.2:50000', active: 1, connects: 1 },
			{ pid: 1, role: OUTBOUND, address: '10.0.0.2:50001', active: 1, connects: 1 },
			{ pid: 1, role: INBOUND, address: '10.0.0.1:8080', active: 2, connects: 0 },
			{ pid: 2, role: INBOUND, address: '10.0.0.1:8080', active: 1, connects: 0 },
		]);
	},
	async 'a failed connect is counted on the outbound row'() {
		const l7 = await tracker();
		const records = new RecordWriter();
		records.connection({ cookie: 1, role: OUTBOUND, failed: true, cgroup: 77, netns: 99 });
		l7.feed(records.take());
		const activity = l7.take();
		assert.deepEqual([activity.cgroups[0], activity.netns[0]], [77n, 99]);
		const row = onlyRow(activity);
		assert.deepEqual([row.failedConnects, row.connects, row.active], [1, 0, 0]);
		assert.equal(l7.take().rows, 0);
	},
	async 'a connection that was found open takes its role from the ports, then from HTTP'() {
		const l7 = await tracker();
		const records = new RecordWriter();
		const local: [string, number] = ['10.0.0.1', 8080];
		records.connection({ cookie: 1, role: FOUND_OPEN, local, remote: ['10.0.0.2', 50_000] });
		records.connection({ cookie: 2, role: FOUND_OPEN, local, remote: ['10.0.0.2', 443] });
		l7.feed(records.take());
		assert.deepEqual(
			rowsOf(l7.take()).map(({ role, address, active, connects }) => [role, address, active, connects]),
			[
				[OUTBOUND, '10.0.0.2:443', 1, 0],
				[INBOUND, '10.0.0.1:8080', 1, 0],
			],
		);
		// The one that looked outbound receives a request.
		records.data({ cookie: 2, direction: RECEIVE, time: 1e9, payload: REQUEST });
		records.data({ cookie: 2, direction: SEND, time: 2e9, payload: RESPONSE });
		l7.feed(records.take());
		const rows = rowsOf(l7.take());
		assert.deepEqual(
			rows.map(({ role, active, http }) => [role, active, http[1]]),
			[
				[OUTBOUND, 0, 0],
				[INBOUND, 2, 1],
			],
		);
		assert.equal(rowsOf(l7.take()).length, 1);
	},
	async 'a second announcement replaces a guess and an owner'() {
		const l7 = await tracker();
		const records = new RecordWriter();
		records.connection({ cookie: 1, role: FOUND_OPEN, pid: 1 });
		records.connection({ cookie: 1, role: OUTBOUND, pid: 2 });
		records.connection({ cookie: 1, role: OUTBOUND, pid: 3 });
		records.connection({ cookie: 1, role: FOUND_OPEN, pid: 4 });
		l7.feed(records.take());
		const rows = rowsOf(l7.take()).filter((row) => row.active !== 0);
		assert.deepEqual(
			rows.map(({ pid, active }) => [pid, active]),
			[[3, 1]],
		);
		assert.equal(l7.counters().connections, 1);
	},
	async 'full tables shed and count, and take again when there is room'() {
		const l7 = await tracker({ maxConnections: 4, maxRows: 2 });
		const records = new RecordWriter();
		for (let cookie = 1; cookie <= 6; cookie++) {
			records.connection({ cookie, role: OUTBOUND, remote: ['10.0.0.2', cookie < 4 ? 80 : 80 + cookie] });
		}
		records.data({ cookie: 6, direction: SEND, time: 1, payload: 'x' });
		l7.feed(records.take());
		assert.equal(l7.take().rows, 2);
		let counters = l7.counters();
		assert.deepEqual([counters.connections, counters.shed, counters.unknownConnections], [4, 2, 1]);
		for (let cookie = 1; cookie <= 4; cookie++) records.bytes({ cookie, close: true });
		l7.feed(records.take());
		l7.take();
		assert.equal(l7.take().rows, 0);
		records.connection({ cookie: 9, role: OUTBOUND, remote: ['10.0.0.2', 9] });
		l7.feed(records.take());
		assert.equal(onlyRow(l7.take()).address, '10.0.0.2:9');
		counters = l7.counters();
		assert.deepEqual([counters.connections, counters.shed], [1, 2]);
	},
	async 'many connections come and go without loss'() {
		const l7 = await tracker({ maxConnections: 1000, maxRows: 100 });
		const records = new RecordWriter();
		for (let round = 0; round < 20; round++) {
			for (let i = 0; i < 1000; i++) {
				records.connection({ cookie: round * 5000 + i * 3, role: INBOUND, local: ['10.0.0.1', i % 97] });
			}
			for (let i = 0; i < 1000; i++) {
				const cookie = round * 5000 + i * 3;
				records.data({ cookie, direction: RECEIVE, time: 1, payload: REQUEST });
				records.data({ cookie, direction: SEND, time: 2, payload: RESPONSE });
			}
			for (let i = 0; i < 1000; i++)
				records.bytes({ cookie: round * 5000 + ((i * 7) % 1000) * 3, close: true });
			l7.feed(records.take());
			const rows = rowsOf(l7.take());
			assert.equal(rows.length, 97);
			assert.equal(
				rows.reduce((sum, row) => sum + (row.http[1] ?? 0), 0),
				1000,
			);
			assert.ok(rows.every((row) => row.active === 0));
		}
		const counters = l7.counters();
		assert.deepEqual([counters.connections, counters.shed, counters.unknownConnections], [0, 0, 0]);
	},
	async 'what breaks the layout is counted and disturbs nothing else'() {
		const l7 = await tracker();
		const records = new RecordWriter();
		const good = records.connection({ cookie: 1, role: OUTBOUND }).take();
		const bad = (change: (view: DataView) => void) => {
			const batch = records.data({ cookie: 1, direction: SEND, time: 1, payload: 'abcdefgh' }).take();
			change(new DataView(batch.buffer));
			return batch;
		};
		l7.feed(good);
		const attempts = [
			bad((view) => view.setUint32(0, 0xfffffff8, true)), // longer than the batch
			bad((view) => view.setUint32(0, 20, true)).subarray(0, 32), // shorter than its kind
			bad((view) => view.setUint8(9, 2)), // direction
			bad((view) => view.setUint16(10, 9, true)), // captured more than the record holds
			bad((view) => view.setUint32(12, 7, true)), // captured more than moved
			bad((view) => view.setUint8(8, 9)), // kind
			new Uint8Array(7),
			new Uint8Array(8),
		];
		for (const batch of attempts) l7.feed(batch);
		assert.equal(l7.counters().malformed, attempts.length);
		const control = new Uint8Array(8 + 48);
		control[0] = 48;
		control[8] = 17;
		l7.feed(control);
		assert.equal(l7.counters().malformed, attempts.length);
		assert.equal(onlyRow(l7.take()).bytesSent, 0);
	},
};
