import { describe, expect, it } from 'vitest';
import type { NodeReport } from '../api/node-schemas.ts';
import { Estate, TIMES, TO } from '../testing/estate.ts';
import { readInstanceResources } from './instance-resources.ts';
import { reportNode } from './node-report.ts';
import { listNodes } from './node-summary.ts';
import { networkOf } from './views.ts';

const MIB = 1024 ** 2;
const resource = (name: string) => `container_resources_${name}`;
const node = (name: string) => `node_resources_${name}`;
/** Without the steps before the first sample, whose rate nobody knows. */
const settled = (column: (number | null)[] | null) =>
	new Set(column?.slice(2).map((value) => value && Number(value.toFixed(6))));

describe('what instances use', () => {
	const shop = () => {
		const e = new Estate();
		const labels = { ...e.node('m1'), container_id: '/docker/web.1' };
		e.add('container_info', labels, () => 1);
		return { e, labels };
	};
	const read = async (e: Estate, name = 'web.1') => {
		const world = await e.world();
		const app = world.applications.get(`c:_:Unknown:${name}`)!;
		return readInstanceResources(e, world.grid, [...app.instances.values()]);
	};

	it('is CPU, memory, disks and pressure with their limits, in cores, bytes and parts of the time', async () => {
		const { e, labels } = shop();
		const disk = { ...labels, mount_point: '/data', device: 'sda', volume: 'pvc-1' };
		e.add(resource('cpu_usage_seconds_total'), labels, (i) => 1000 + i * 7.5)
			.add(resource('cpu_limit_cores'), labels, () => 0.5)
			.add(resource('cpu_throttled_seconds_total'), labels, (i) => i * 3)
			.add(resource('cpu_delay_seconds_total'), labels, (i) => i * 1.5)
			.add(resource('memory_rss_bytes'), labels, (i) => (40 + i) * MIB)
			.add(resource('memory_cache_bytes'), labels, () => 8 * MIB)
			.add(resource('memory_limit_bytes'), labels, () => 128 * MIB)
			.add('container_oom_kills_total', labels, (i) => (i < 20 ? 0 : 1))
			.add('container_restarts_total', labels, (i) => (i < 21 ? 0 : 2))
			.add(resource('disk_written_bytes_total'), disk, (i) => i * 15 * MIB)
			.add(resource('disk_reads_total'), disk, (i) => i * 30)
			.add(resource('disk_size_bytes'), disk, () => 1000 * MIB)
			.add(resource('disk_used_bytes'), disk, () => 250 * MIB)
			.add(resource('memory_pressure_waiting_seconds_total'), { ...labels, kind: 'some' }, (i) => i * 0.3)
			.add(resource('memory_pressure_waiting_seconds_total'), { ...labels, kind: 'full' }, (i) => i * 9);
		const { instances, left } = await read(e);
		expect([instances.length, left]).toEqual([1, 0]);
		const [web] = instances;
		expect(web).toMatchObject({ name: 'web.1@m1', node: 'm1' });
		expect(settled(web!.cpu.usage)).toEqual(new Set([0.5]));
		expect(settled(web!.cpu.limit)).toEqual(new Set([0.5]));
		expect(settled(web!.cpu.throttled)).toEqual(new Set([0.2]));
		expect(settled(web!.cpu.delay)).toEqual(new Set([0.1]));
		expect(web!.memory.rss!.at(-1)).toBe(79 * MIB);
		expect(settled(web!.memory.cache)).toEqual(new Set([8 * MIB]));
		expect(settled(web!.memory.limit)).toEqual(new Set([128 * MIB]));
		const events = (column: (number | null)[] | null) => column!.filter((value) => value);
		expect(events(web!.memory.oomKills)).toEqual([1]);
		expect(events(web!.restarts)).toEqual([2]);
		expect(web!.disks).toHaveLength(1);
		expect(web!.disks[0]).toMatchObject({ mountPoint: '/data', device: 'sda', volume: 'pvc-1' });
		expect(settled(web!.disks[0]!.writtenBytesPerSecond)).toEqual(new Set([MIB]));
		expect(settled(web!.disks[0]!.readsPerSecond)).toEqual(new Set([2]));
		expect(settled(web!.disks[0]!.used)).toEqual(new Set([250 * MIB]));
		expect(settled(web!.pressure.memory)).toEqual(new Set([0.02]));
	});

	it('is null where nothing was measured, for a step and for the whole, and never zero', async () => {
		const { e, labels } = shop();
		const early = TIMES.slice(0, 10);
		e.add(resource('cpu_usage_seconds_total'), labels, (i) => i, early);
		const [web] = (await read(e)).instances;
		expect(web!.cpu.usage!.slice(0, 10).some((value) => value !== null)).toBe(true);
		expect(new Set(web!.cpu.usage!.slice(12))).toEqual(new Set([null]));
		expect([web!.cpu.limit, web!.memory.rss, web!.memory.oomKills, web!.diskDelay]).toEqual([
			null,
			null,
			null,
			null,
		]);
		expect(web!.disks).toEqual([]);
	});

	it('belongs to the container with this very name on this very node', async () => {
		const { e, labels } = shop();
		e.add(resource('memory_rss_bytes'), labels, () => 1)
			.add(resource('memory_rss_bytes'), { ...labels, container_id: '/docker/webx1' }, () => 2)
			.add(resource('memory_rss_bytes'), { ...labels, ...e.node('m2') }, () => 3);
		const { instances } = await read(e);
		expect(instances.map(({ memory }) => memory.rss!.at(-1))).toEqual([1]);
	});

	it('a series that goes on under other labels is the same thing, and not twice as much', async () => {
		const { e, labels } = shop();
		const half = TIMES.slice(0, 20);
		const rest = TIMES.slice(20);
		for (const [zone, times] of [
			[{}, half],
			[{ az: 'b', region: 'r' }, rest],
		] as const) {
			e.add(resource('memory_rss_bytes'), { ...labels, ...zone }, () => 5 * MIB, [...times]);
			e.add(resource('cpu_usage_seconds_total'), { ...labels, ...zone }, (i) => i * 15, [...times]);
		}
		const [web] = (await read(e)).instances;
		expect(settled(web!.memory.rss)).toEqual(new Set([5 * MIB]));
		expect(Math.max(...web!.cpu.usage!.map((value) => value ?? 0))).toBeCloseTo(1);
	});

	it('lists the fifty that use most, and says how many are left', async () => {
		const e = new Estate();
		for (let i = 0; i < 60; i++) {
			const labels = { ...e.node(`m${i}`), container_id: '/docker/web' };
			e.add('container_info', labels, () => 1);
			e.add(resource('cpu_usage_seconds_total'), labels, (at) => at * i);
		}
		const { instances, left } = await read(e, 'web');
		expect([instances.length, left, instances[0]!.node]).toEqual([50, 10, 'm59']);
	});

	it('network is payload with both sides, as whoever dialled counts it', async () => {
		const e = new Estate();
		const n = e.node('m1');
		const link = (from: string, to: string, sent: number, received: number) => {
			const labels = { ...n, container_id: from, destination: to, actual_destination: to };
			e.add('container_net_tcp_bytes_sent_total', labels, (i) => i * 15 * sent);
			e.add('container_net_tcp_bytes_received_total', labels, (i) => i * 15 * received);
		};
		e.add(
			'container_net_tcp_listen_info',
			{ ...n, container_id: '/docker/web', listen_addr: '10.0.0.1:80' },
			() => 1,
		);
		link('/docker/client', '10.0.0.1:80', 100, 1000);
		link('/docker/web', '10.0.0.9:5432', 10, 20);
		const world = await e.world();
		const network = networkOf(world.applications.get('c:_:Unknown:web')!, world);
		expect(network.sentBytesPerSecond![20]).toBeCloseTo(1010);
		expect(network.receivedBytesPerSecond![20]).toBeCloseTo(120);
		const alone = new Estate().add('container_info', { ...n, container_id: '/docker/web' }, () => 1);
		const quiet = await alone.world();
		expect(networkOf(quiet.applications.get('c:_:Unknown:web')!, quiet).sentBytesPerSecond).toBeNull();
	});
});

describe('nodes', () => {
	const busy = () => {
		const e = new Estate();
		const n = e.node('m1');
		e.add('node_info', { ...n, hostname: 'box', kernel_version: '6.1' }, () => 1)
			.add('node_agent_info', { ...n, version: '1.4.0' }, () => 1)
			.add('node_cloud_info', { ...n, provider: 'aws', region: 'eu-1', account_id: '' }, () => 1)
			.add('node_uptime_seconds', n, (i) => 3600 + i * 15)
			.add(node('cpu_logical_cores'), n, () => 4)
			.add(node('memory_total_bytes'), n, () => 1000 * MIB)
			.add(node('memory_available_bytes'), n, () => 250 * MIB)
			.add(node('memory_cached_bytes'), n, () => 100 * MIB);
		for (const [mode, cores] of [
			['user', 1],
			['system', 0.5],
			['iowait', 0.5],
			['idle', 2],
		] as const) {
			e.add(node('cpu_usage_seconds_total'), { ...n, mode }, (i) => i * 15 * cores);
		}
		for (const [device, factor] of [
			['sda', 1],
			['nvme0n1', 2],
		] as const) {
			e.add(node('disk_read_bytes_total'), { ...n, device }, (i) => i * 15 * 100 * factor)
				.add(node('disk_written_bytes_total'), { ...n, device }, (i) => i * 15 * 1000 * factor)
				.add(node('disk_reads_total'), { ...n, device }, (i) => i * 150)
				.add(node('disk_read_time_seconds_total'), { ...n, device }, (i) => i * 0.3)
				.add(node('disk_io_time_seconds_total'), { ...n, device }, (i) => i * 1.5);
		}
		e.add('node_net_received_bytes_total', { ...n, interface: 'eth0' }, (i) => i * 15 * 300)
			.add('node_net_transmitted_bytes_total', { ...n, interface: 'eth0' }, (i) => i * 15 * 30)
			.add('node_net_interface_up', { ...n, interface: 'eth0' }, () => 1)
			.add('node_net_interface_ip', { ...n, interface: 'eth0', ip: '10.0.0.7' }, () => 1)
			.add(node('io_pressure_waiting_seconds_total'), { ...n, kind: 'some' }, (i) => i * 0.15)
			.add(
				'codexray_agent_feature_status',
				{ ...n, feature: 'tls', tier: 'uprobe', reason: 'no OpenSSL' },
				() => 0,
			)
			.add('codexray_agent_feature_status', { ...n, feature: 'sockets', tier: 'A' }, () => 1)
			.add('codexray_agent_cpu_seconds_total', { ...n, owner: 'main' }, (i) => i * 0.1)
			.add('codexray_agent_cpu_seconds_total', { ...n, owner: 'kernel-worker' }, (i) => i * 0.05)
			.add('codexray_agent_memory_bytes', { ...n, owner: 'main', kind: 'heap' }, () => 20 * MIB)
			.add('codexray_agent_memory_bytes', { ...n, owner: 'main', kind: 'buffers' }, () => MIB)
			.add('codexray_agent_wasm_memory_bytes', { ...n, owner: 'l7' }, () => 8 * MIB)
			.add('codexray_agent_bpf_runs_total', { ...n, program: 'on_fork' }, (i) => i * 150)
			.add('codexray_agent_bpf_run_seconds_total', { ...n, program: 'on_fork' }, (i) => i * 0.0015)
			.add('codexray_agent_stage_fill_ratio', { ...n, stage: 'ring_data' }, () => 0.25)
			.add('codexray_agent_resident_memory_bytes', n, () => 90 * MIB)
			.add('codexray_agent_stage_dropped_total', { ...n, stage: 'ring_data', reason: 'full' }, (i) => i)
			.add('codexray_agent_stage_dropped_total', { ...n, stage: 'spool', reason: 'full' }, () => 0);
		for (const [id, cores, memory] of [
			['/docker/web', 0.25, 100],
			['/docker/hog', 1, 50],
		] as const) {
			const labels = { ...n, container_id: id };
			e.add('container_info', labels, () => 1)
				.add(resource('cpu_usage_seconds_total'), labels, (i) => i * 15 * cores)
				.add(resource('memory_rss_bytes'), labels, () => memory * MIB);
		}
		return e;
	};
	const report = async (e: Estate): Promise<NodeReport> => {
		const world = await e.world();
		return reportNode(e, world, [...world.nodes.values()][0]!, TO);
	};

	it('a list says what each is and uses now, and its course', async () => {
		const e = busy();
		e.add(
			'node_info',
			{ ...e.node('m2'), hostname: 'away', kernel_version: '6.1' },
			() => 1,
			TIMES.slice(0, 10),
		);
		e.add(node('memory_total_bytes'), e.node('m2'), () => MIB, TIMES.slice(0, 10));
		e.add(node('memory_available_bytes'), e.node('m2'), () => 0, TIMES.slice(0, 10));
		const world = await e.world();
		const [away, box] = await listNodes(e, world, TO);
		expect(box).toMatchObject({
			id: 'm1:m1uuid',
			name: 'box',
			status: 'ok',
			sentence: null,
			kernel: '6.1',
			agentVersion: '1.4.0',
			cloud: { provider: 'aws', region: 'eu-1' },
			uptimeSeconds: 3600 + 39 * 15,
			containers: 2,
			cores: 4,
			memoryBytes: 1000 * MIB,
			memory: 0.75,
		});
		expect(Object.keys(box!.cloud)).toEqual(['provider', 'region']);
		expect(box!.cpu).toBeCloseTo(0.5);
		expect(box!.diskBytesPerSecond).toBeCloseTo(3300);
		expect(box!.networkBytesPerSecond).toBeCloseTo(330);
		expect(box!.courses.cpu!.length).toBeLessThanOrEqual(40);
		expect(box!.courses.cpu!.at(-1)).toBeCloseTo(0.5);
		expect(away).toMatchObject({
			name: 'away',
			status: 'unknown',
			cpu: null,
			memory: null,
			courses: { cpu: null },
		});
		expect(away!.sentence).toMatch(/^No samples since \d\d:\d\d UTC\.$/);
		expect(away!.courses.memory!.some((value) => value === 1)).toBe(true);
	});

	it('now is the newest step that is over, not the moments since', async () => {
		const e = new Estate();
		const n = e.node('m1');
		// 0.1 a second; in the last two seconds, with which a step begins, ten times as much.
		const times = [...TIMES.slice(0, 39), TO - 15_000, TO - 13_000];
		const counter = (i: number) => (i < 39 ? i * 1.5 : i === 39 ? 57.7 : 59.7);
		const idle = (i: number) => (times[i]! - times[0]!) / 1000 - counter(i);
		const web = { ...n, container_id: '/docker/web' };
		e.add('node_info', { ...n, hostname: 'box' }, () => 1, times)
			.add('container_info', web, () => 1, times)
			.add(node('cpu_usage_seconds_total'), { ...n, mode: 'user' }, counter, times)
			.add(node('cpu_usage_seconds_total'), { ...n, mode: 'idle' }, idle, times)
			.add(node('disk_read_bytes_total'), { ...n, device: 'sda' }, counter, times)
			.add('node_net_received_bytes_total', { ...n, interface: 'eth0' }, counter, times)
			.add(resource('cpu_usage_seconds_total'), web, counter, times);
		const told = await report(e);
		expect(told.node.cpu).toBeCloseTo(0.1);
		expect(told.node.diskBytesPerSecond).toBeCloseTo(0.1);
		expect(told.node.networkBytesPerSecond).toBeCloseTo(0.1);
		expect(told.consumers[0]!.cpuCores).toBeCloseTo(0.1);
		// It is in the chart.
		expect(told.disks[0]!.readBytesPerSecond!.at(-1)).toBeCloseTo(1);
		// Where no step is over yet, the newest there is.
		const young = new Estate();
		const born = [TO - 2_000, TO - 1_000];
		young
			.add('node_info', { ...n, hostname: 'box' }, () => 1, born)
			.add('node_net_received_bytes_total', { ...n, interface: 'eth0' }, (i) => i * 5, born);
		expect((await report(young)).node.networkBytesPerSecond).toBeCloseTo(5);
	});

	it('a report has CPU by mode, memory, disks, interfaces, pressure and the agent', async () => {
		const r = await report(busy());
		expect(r.cpu.byMode.map(({ mode, share }) => [mode, share!.at(-1)])).toEqual([
			['user', 0.25],
			['system', 0.125],
			['iowait', 0.125],
		]);
		expect(settled(r.memory.available)).toEqual(new Set([250 * MIB]));
		expect(r.memory.free).toBeNull();
		expect(r.disks.map(({ device }) => device)).toEqual(['nvme0n1', 'sda']);
		expect(settled(r.disks[0]!.writtenBytesPerSecond)).toEqual(new Set([2000]));
		expect(settled(r.disks[1]!.readSeconds)).toEqual(new Set([0.002]));
		expect(settled(r.disks[1]!.busy)).toEqual(new Set([0.1]));
		expect(r.disks[1]!.writeSeconds).toBeNull();
		expect(r.interfaces).toMatchObject([{ name: 'eth0', up: true, addresses: ['10.0.0.7'] }]);
		expect(settled(r.interfaces[0]!.receivedBytesPerSecond)).toEqual(new Set([300]));
		expect(settled(r.pressure.some.io)).toEqual(new Set([0.01]));
		expect([r.pressure.some.cpu, r.pressure.full.io]).toEqual([null, null]);
		for (const value of settled(r.agent.cpu)) expect(value).toBeCloseTo(0.01, 10);
		expect(r.agent.features).toMatchObject([
			{ feature: 'sockets', ok: true, tier: 'A', reason: null },
			{ feature: 'tls', ok: false, tier: 'uprobe', reason: 'no OpenSSL' },
		]);
		expect(r.agent.dropped).toEqual([{ stage: 'ring_data', reason: 'full', count: 39 }]);
	});

	it('a report says what the agent costs, by owner and program', async () => {
		const { cost, cpu } = (await report(busy())).agent;
		const last = (column: (number | null)[] | null) => column?.findLast((value) => value !== null);
		expect(cost.cpu.map(({ owner }) => owner)).toEqual(['kernel-worker', 'main']);
		expect(last(cost.cpu[1]!.cores)).toBeCloseTo(0.1 / 15);
		expect(last(cpu)).toBeCloseTo(0.15 / 15);
		expect(cost.memory.map(({ owner, kind, bytes }) => [owner, kind, last(bytes)])).toEqual([
			['main', 'heap', 20 * MIB],
			['main', 'buffers', MIB],
		]);
		expect(cost.wasm.map(({ owner, bytes }) => [owner, last(bytes)])).toEqual([['l7', 8 * MIB]]);
		expect(cost.programs).toHaveLength(1);
		expect(last(cost.programs[0]!.runsPerSecond)).toBeCloseTo(10);
		expect(last(cost.programs[0]!.cores)).toBeCloseTo(0.0001);
		expect(cost.fills.map(({ stage, fill }) => [stage, last(fill)])).toEqual([['ring_data', 0.25]]);
	});

	it('an agent that is older than owners tells its CPU time alone', async () => {
		const e = new Estate();
		const n = e.node('m1');
		e.add('node_info', { ...n, hostname: 'box', kernel_version: '6.1' }, () => 1);
		e.add('codexray_agent_cpu_seconds_total', n, (i) => i * 0.15);
		const { cpu, cost } = (await report(e)).agent;
		expect(cpu?.findLast((value) => value !== null)).toBeCloseTo(0.01);
		expect(cost).toEqual({ cpu: [], memory: [], wasm: [], programs: [], fills: [] });
	});

	it('a report says who uses the node, and only who runs on it', async () => {
		const e = busy();
		const elsewhere = { ...e.node('m2'), container_id: '/docker/hog' };
		e.add('container_info', elsewhere, () => 1).add(
			resource('cpu_usage_seconds_total'),
			elsewhere,
			(i) => i * 900,
		);
		const { consumers, consumersLeft } = await report(e);
		expect(consumers.map(({ application, instances }) => [application.name, instances])).toEqual([
			['hog', 1],
			['web', 1],
		]);
		expect(consumers[0]!.cpuCores).toBeCloseTo(1);
		expect(consumers[1]!.memoryBytes).toBe(100 * MIB);
		expect(consumersLeft).toBe(0);
	});

	it('cloned machines, which share a machine id, are two nodes', async () => {
		const e = new Estate();
		for (const uuid of ['AA-1', 'BB-2']) {
			const n = { machine_id: 'm', system_uuid: uuid };
			e.add('node_info', { ...n, hostname: uuid, kernel_version: '6' }, () => 1);
			e.add(node('cpu_logical_cores'), n, () => (uuid === 'AA-1' ? 2 : 8));
		}
		const world = await e.world();
		expect((await listNodes(e, world, TO)).map(({ id, cores }) => [id, cores])).toEqual([
			['m:aa1', 2],
			['m:bb2', 8],
		]);
		expect((await reportNode(e, world, world.nodes.get('m:bb2')!, TO)).node.cores).toBe(8);
	});
});
