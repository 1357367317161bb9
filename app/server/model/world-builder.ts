import { featureOf } from '../../features/feature.ts';
import type { TimeGrid } from '../../promql/time-grid.ts';
import type { Labels, Matcher } from '../../telemetry/labels.ts';
import { METRIC_NAME } from '../../telemetry/labels.ts';
import type { SeriesColumns } from '../../telemetry/series.ts';
import { Listens } from './listens.ts';
import { type Application, type Instance, type Link, sampled, World } from './world.ts';

/** What the model asks of the metric store. */
export interface SeriesSource {
	select(matchers: readonly Matcher[], from: number, to: number): Promise<SeriesColumns>;
}

/** Samples before the range that give counters their base, ms. */
const LOOKBACK_MS = 5 * 60_000;

const HTTP_OUT = 'container_http_requests';
const HTTP_IN = 'container_http_inbound_requests';
const TCP = 'container_net_tcp';
const FEATURE = 'codexray_agent_feature_status';
/** Those of containers last. */
const METRICS = [
	'node_info',
	'ip_to_fqdn',
	FEATURE,
	'container_info',
	'container_application_type',
	`${TCP}_listen_info`,
	`${TCP}_successful_connects_total`,
	`${TCP}_failed_connects_total`,
	`${TCP}_active_connections`,
	`${TCP}_bytes_sent_total`,
	`${TCP}_bytes_received_total`,
	`${HTTP_OUT}_total`,
	`${HTTP_OUT}_duration_seconds_total_bucket`,
	`${HTTP_IN}_total`,
	`${HTTP_IN}_duration_seconds_total_bucket`,
];
const MATCHERS: Matcher[] = [{ name: METRIC_NAME, op: '=~', value: METRICS.join('|') }];

interface Row {
	labels: Labels;
	start: number;
	end: number;
	/** Newest sample in the range that is a value, and its time. */
	value: number;
	at: number;
	/** A stale marker follows it: the series is over. */
	ended: boolean;
}

/** Builds the model of one range from the samples alone. Order: nodes, instances, listens, links, requests. */
export async function buildWorld(source: SeriesSource, grid: TimeGrid, cluster: string): Promise<World> {
	const columns = await source.select(MATCHERS, grid.from - LOOKBACK_MS, grid.to);
	const world = new World(grid, cluster);
	const rows = new Map<string, Row[]>(METRICS.map((m) => [m, []]));
	for (const [i, labels] of columns.series.entries()) {
		const start = i === 0 ? 0 : columns.ends[i - 1]!;
		const end = columns.ends[i]!;
		let last = end - 1;
		while (last >= start && Number.isNaN(columns.values[last])) last--;
		// Only in the lookback: it was gone before the range began.
		if (last < start || columns.timestamps[last]! <= grid.from) continue;
		const at = columns.timestamps[last]!;
		sampled(world, at);
		rows
			.get(labels[METRIC_NAME]!)
			?.push({ labels, start, end, value: columns.values[last]!, at, ended: last < end - 1 });
	}
	const of = (metric: string) => rows.get(metric)!;
	const nodeOf = (labels: Labels) => world.node(labels.machine_id ?? '', labels.system_uuid ?? '');

	for (const { labels, at } of of('node_info')) {
		const node = nodeOf(labels);
		node.hostname = labels.hostname ?? null;
		node.kernel = labels.kernel_version ?? null;
		sampled(node, at);
	}
	for (const { labels, value, at } of of(FEATURE)) {
		const { feature, tier, reason, missing, command } = labels;
		if (!feature) continue;
		const words = { tier: tier || null, reason: reason || null, missing: missing || null };
		nodeOf(labels).addFeature(
			featureOf({ feature, ok: value === 1, ...words, command: command || null }),
			at,
		);
	}
	const instanceOf = ({ labels, at }: Row): Instance | null => {
		if (!labels.container_id) return null;
		const instance = world.instance(labels.container_id, nodeOf(labels));
		sampled(instance, at);
		sampled(instance.application, at);
		sampled(instance.node, at);
		return instance;
	};
	for (const metric of METRICS.slice(3)) for (const row of of(metric)) instanceOf(row);

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

	const add = (row: Row, sum: { add: IncreaseAdd }) =>
		sum.add(grid, columns.timestamps, columns.values, row.start, row.end);
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
	eachLink(`${HTTP_OUT}_total`, (link, row) => {
		link.protocols.add('http');
		add(row, link.requests.status(row.labels.status ?? ''));
	});
	eachLink(`${HTTP_OUT}_duration_seconds_total_bucket`, (link, row) => {
		const bucket = link.requests.bucket(row.labels.le ?? '');
		if (bucket) add(row, bucket);
	});
	for (const row of of(`${HTTP_IN}_total`)) {
		const instance = instanceOf(row);
		if (instance) add(row, instance.application.inbound.status(row.labels.status ?? ''));
	}
	for (const row of of(`${HTTP_IN}_duration_seconds_total_bucket`)) {
		const bucket = instanceOf(row)?.application.inbound.bucket(row.labels.le ?? '');
		if (bucket) add(row, bucket);
	}
	return world;
}

type IncreaseAdd = (
	grid: TimeGrid,
	timestamps: Float64Array,
	values: Float64Array,
	start: number,
	end: number,
) => void;

/** The best name for an address that nobody known answers: what was dialled, by name where one is known. */
function external(world: World, destination: string, fqdns: Map<string, string>): Application {
	const colon = destination.lastIndexOf(':');
	const fqdn = fqdns.get(destination.slice(0, colon).replace(/^\[|\]$/g, ''));
	return world.external(fqdn ? `${fqdn}${destination.slice(colon)}` : destination);
}
