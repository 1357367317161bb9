import { featureOf } from '../../features/feature.ts';
import type { IncreaseSum } from '../../promql/increase.ts';
import type { TimeGrid } from '../../promql/time-grid.ts';
import { Listens } from './listens.ts';
import { LOOKBACK_MS, MetricRows, type Row, type SeriesSource } from './metric-rows.ts';
import { PROTOCOL_METRICS, PROTOCOLS } from './protocols.ts';
import { type Application, type Instance, type Link, sampled, World } from './world.ts';

const TCP = 'container_net_tcp';
const FEATURE = 'codexray_agent_feature_status';
/** Of containers; each makes its container known. */
const CONTAINER_METRICS = [
	'container_info',
	'container_application_type',
	`${TCP}_listen_info`,
	`${TCP}_successful_connects_total`,
	`${TCP}_failed_connects_total`,
	`${TCP}_active_connections`,
	`${TCP}_bytes_sent_total`,
	`${TCP}_bytes_received_total`,
	...PROTOCOL_METRICS,
];
const METRICS = ['node_info', 'ip_to_fqdn', FEATURE, ...CONTAINER_METRICS];

/** Builds the model of one range from the samples alone. Order: nodes, instances, listens, links, requests. */
export async function buildWorld(source: SeriesSource, grid: TimeGrid, cluster: string): Promise<World> {
	const rows = await MetricRows.read(source, grid, METRICS);
	const world = new World(grid, cluster);
	for (const { at } of rows.all()) sampled(world, at);
	const of = (metric: string) => rows.of(metric);

	for (const { labels, at } of of('node_info')) {
		const node = world.node(labels);
		node.hostname = labels.hostname ?? null;
		node.kernel = labels.kernel_version ?? null;
		sampled(node, at);
	}
	for (const { labels, value, at } of of(FEATURE)) {
		const { feature, tier, reason, missing, command } = labels;
		if (!feature) continue;
		const words = { tier: tier || null, reason: reason || null, missing: missing || null };
		world
			.node(labels)
			.addFeature(featureOf({ feature, ok: value === 1, ...words, command: command || null }), at);
	}
	const instanceOf = ({ labels, at }: Row): Instance | null => {
		if (!labels.container_id) return null;
		const instance = world.instance(labels.container_id, world.node(labels));
		sampled(instance, at);
		sampled(instance.application, at);
		sampled(instance.node, at);
		return instance;
	};
	for (const metric of CONTAINER_METRICS) for (const row of of(metric)) instanceOf(row);

	for (const row of of('container_application_type')) {
		if (row.labels.application_type) instanceOf(row)?.application.types.add(row.labels.application_type);
	}
	const listens = new Listens();
	for (const row of of(`${TCP}_listen_info`)) {
		const instance = instanceOf(row);
		const address = row.labels.listen_addr;
		if (!instance || !address) continue;
		const open = row.value === 1 && !row.ended;
		if (open) instance.listens.add(address);
		listens.add(address, instance, !!row.labels.proxy, open, row.at);
	}
	const fqdns = new Map(of('ip_to_fqdn').map(({ labels }) => [labels.ip ?? '', labels.fqdn ?? '']));

	const add = (row: Row, sum: IncreaseSum) => rows.addIncrease(row, sum);
	const linkOf = (row: Row): Link | null => {
		const instance = instanceOf(row);
		if (!instance) return null;
		const { destination = '', actual_destination: actual = '' } = row.labels;
		const address = actual || destination;
		if (!address) return null;
		const answers = listens.resolve(address, instance.node.key)?.application;
		const link = world.link(instance.application, answers ?? external(world, destination || actual, fqdns));
		sampled(link, row.at);
		if (!answers) sampled(link.to, row.at);
		return link;
	};
	const eachLink = (metric: string, run: (link: Link, row: Row) => void) => {
		for (const row of of(metric)) {
			const link = linkOf(row);
			if (link) run(link, row);
		}
	};
	eachLink(`${TCP}_successful_connects_total`, (link, row) => add(row, link.connects));
	eachLink(`${TCP}_failed_connects_total`, (link, row) => add(row, link.failedConnects));
	eachLink(`${TCP}_bytes_sent_total`, (link, row) => add(row, link.bytesSent));
	eachLink(`${TCP}_bytes_received_total`, (link, row) => add(row, link.bytesReceived));
	eachLink(`${TCP}_active_connections`, (link, row) => {
		if (!row.ended && grid.to - row.at <= LOOKBACK_MS + grid.step) link.activeConnections += row.value;
	});
	for (const { name, outbound, inbound } of PROTOCOLS) {
		eachLink(outbound.total, (link, row) => {
			link.protocols.add(name);
			// Nobody observes what runs there, but what it is talked with says enough.
			if (link.to.instances.size === 0 && name !== 'http') link.to.types.add(name);
			add(row, link.requests.status(row.labels.status ?? ''));
		});
		eachLink(outbound.bucket, (link, row) => {
			const bucket = link.requests.bucket(row.labels.le ?? '');
			if (bucket) add(row, bucket);
		});
		for (const row of of(inbound.total)) {
			const instance = instanceOf(row);
			if (instance) add(row, instance.application.inbound.status(row.labels.status ?? ''));
		}
		for (const row of of(inbound.bucket)) {
			const bucket = instanceOf(row)?.application.inbound.bucket(row.labels.le ?? '');
			if (bucket) add(row, bucket);
		}
	}
	return world;
}

/** The best name for an address that nobody known answers: what was dialled, by name where one is known. */
function external(world: World, destination: string, fqdns: Map<string, string>): Application {
	const colon = destination.lastIndexOf(':');
	const fqdn = fqdns.get(destination.slice(0, colon).replace(/^\[|\]$/g, ''));
	return world.external(fqdn ? `${fqdn}${destination.slice(colon)}` : destination);
}
