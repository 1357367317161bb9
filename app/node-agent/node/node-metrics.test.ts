import { describe, expect, test } from 'vitest';
import { Labels } from '../../exposition/labels.ts';
import { Snapshot } from '../../exposition/snapshot.ts';
import { BlockDevices, parseDiskStats } from '../resources/block-devices.ts';
import { RecordedProc } from '../testing/recorded-proc.ts';
import { NO_CLOUD } from './cloud/cloud-facts.ts';
import { labelsForContainers, NodeMetrics } from './node-metrics.ts';

const FILES: Record<string, string> = {
	uptime: '1504.04 1612.25\n',
	stat: `cpu  103028 778 28652 161225 3870 1 498 574 9 0
cpu0 49263 348 13115 85548 687 0 96 290 0 0
cpu1 53764 430 15536 75677 3183 0 402 284 0 0
intr 1 2
btime 1700000000
`,
	meminfo: `MemTotal:       24684084 kB
MemFree:        19495432 kB
MemAvailable:   23844456 kB
Buffers:           94976 kB
Cached:          4245988 kB
SwapCached:            0 kB
`,
	'pressure/cpu':
		'some avg10=30.75 avg60=42.78 avg300=45.08 total=392809701\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n',
	'pressure/memory':
		'some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n',
	'pressure/io':
		'some avg10=1.08 avg60=1.54 avg300=2.11 total=43323563\nfull avg10=0.15 avg60=0.28 avg300=0.53 total=27798212\n',
	'1/net/dev': `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 473475856  129199    0    0    0     0          0         0 473475856  129199    0    0    0     0       0          0
  eth0: 919169034   22590    0    0    0     0          0         0  1582223   15064    0    0    0     0       0          0
veth1a2b:   1      1    0    0    0     0          0         0  1   1    0    0    0     0       0          0
`,
};
const DISKSTATS = `   7       0 loop0 1 0 1 1 1 0 1 1 0 1 1 0 0 0 0 0 0
 254       0 vda 181656 28747 8107210 401675 126503 125270 12771904 141341 0 70080 553661 28885 70 2288200 5894 30480 4748
 254       1 vda1 1 0 1 1 1 0 1 1 0 1 1 0 0 0 0 0 0
   8     416 sdaa 1 0 2 1 1 0 2 1 0 1 1 0 0 0 0 0 0
 202       1 xvda1 1 0 2 1 1 0 2 1 0 1 1 0 0 0 0 0 0
 252       0 zram0 1 0 1 1 1 0 1 1 0 1 1 0 0 0 0 0 0
`;

function take(files = FILES, addresses?: Record<string, { address: string }[]>) {
	const proc = new RecordedProc({ files, links: {} });
	const metrics = new NodeMetrics({
		...{ proc, nodeLabels: new Labels([]), addresses: addresses && (() => addresses) },
		host: { read: (path) => (path === '/sys/class/net/eth0/operstate' ? 'up\n' : undefined) },
		facts: {
			...{ hostname: 'web-1', kernelVersion: '6.18.0', agentVersion: '0.1.0' },
			cloud: { ...NO_CLOUD, provider: 'AWS', region: 'eu-west-1' },
		},
	});
	const snapshot = new Snapshot(0);
	metrics.collect(snapshot, new BlockDevices(parseDiskStats(DISKSTATS)));
	const values: Record<string, number> = {};
	for (const { name, samples } of snapshot.families())
		for (const { labels, value } of samples)
			values[labels.text === '' ? name : `${name} ${labels.text}`] = value;
	return values;
}
const of = (values: Record<string, number>, prefix: string) =>
	Object.fromEntries(
		Object.entries(values).flatMap(([key, value]) =>
			key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
		),
	);

test('CPU time by mode, in seconds', () => {
	expect(of(take(), 'node_resources_cpu_usage_seconds_total ')).toEqual({
		'mode="user"': 1030.28,
		'mode="nice"': 7.78,
		'mode="system"': 286.52,
		'mode="idle"': 1612.25,
		'mode="iowait"': 38.7,
		'mode="irq"': 0.01,
		'mode="softirq"': 4.98,
		'mode="steal"': 5.74,
	});
	expect(take().node_resources_cpu_logical_cores).toBe(2);
});

test('memory in bytes: the file means KiB', () => {
	expect(of(take(), 'node_resources_memory_')).toMatchObject({
		total_bytes: 24_684_084 * 1024,
		free_bytes: 19_495_432 * 1024,
		available_bytes: 23_844_456 * 1024,
		cached_bytes: 4_245_988 * 1024,
	});
});

test('whole disks, those with two letters and those that only look like a partition too', () => {
	const disks = of(take(), 'node_resources_disk_');
	expect(of(disks, 'reads_total ')).toEqual({
		'device="vda"': 181_656,
		'device="sdaa"': 1,
		'device="xvda1"': 1,
	});
	expect(of(disks, 'written_bytes_total ')['device="vda"']).toBe(12_771_904 * 512);
	expect(of(disks, 'read_bytes_total ')['device="vda"']).toBe(8_107_210 * 512);
	expect(of(disks, 'read_time_seconds_total ')['device="vda"']).toBe(401.675);
	expect(of(disks, 'write_time_seconds_total ')['device="vda"']).toBe(141.341);
	expect(of(disks, 'io_time_seconds_total ')['device="vda"']).toBe(70.08);
	expect(of(disks, 'writes_total ')['device="vda"']).toBe(126_503);
});

test('pressure, in seconds, and uptime', () => {
	expect(take()).toMatchObject({
		'node_resources_cpu_pressure_waiting_seconds_total kind="some"': 392.809701,
		'node_resources_io_pressure_waiting_seconds_total kind="full"': 27.798212,
		'node_resources_memory_pressure_waiting_seconds_total kind="full"': 0,
		node_uptime_seconds: 1504.04,
	});
});

describe('network', () => {
	test('interfaces to the outside', () => {
		expect(of(take(), 'node_net_')).toEqual({
			'received_bytes_total interface="eth0"': 919_169_034,
			'received_packets_total interface="eth0"': 22_590,
			'transmitted_bytes_total interface="eth0"': 1_582_223,
			'transmitted_packets_total interface="eth0"': 15_064,
			'interface_up interface="eth0"': 1,
		});
	});

	test('addresses at which others reach the node', () => {
		const addresses = {
			lo: [{ address: '127.0.0.1' }],
			eth0: [{ address: '10.0.0.5' }, { address: '2001:db8::1' }, { address: 'fe80::1' }],
			ens3: [{ address: '169.254.1.1' }],
		};
		expect(Object.keys(of(take(FILES, addresses), 'node_net_interface_ip '))).toEqual([
			'interface="eth0",ip="10.0.0.5"',
			'interface="eth0",ip="2001:db8::1"',
		]);
	});
});

test('what the cloud says, and what it does not', () => {
	const [key] = Object.keys(of(take(), 'node_cloud_info '));
	expect(key).toBe(
		'account_id="",availability_zone="",availability_zone_id="",instance_id="",instance_life_cycle="",instance_type="",local_ipv4="",provider="AWS",public_ipv4="",region="eu-west-1"',
	);
});

test('containers have zone and region only where both are known', () => {
	const node = new Labels([['machine_id', 'a']]);
	expect(labelsForContainers(node, { ...NO_CLOUD, region: 'r' }).text).toBe('machine_id="a"');
	expect(labelsForContainers(node, { ...NO_CLOUD, region: 'r', availabilityZone: 'z' }).text).toBe(
		'az="z",machine_id="a",region="r"',
	);
});

test('a machine that tells nothing has its facts alone', () => {
	expect(Object.keys(take({})).map((key) => key.split(' ')[0])).toEqual(
		expect.arrayContaining(['node_agent_info', 'node_cloud_info', 'node_info']),
	);
	expect(Object.keys(take({})).some((key) => /cpu|memory|net/.test(key))).toBe(false);
});
