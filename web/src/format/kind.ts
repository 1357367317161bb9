import type { ApplicationSummary } from '../api/types.ts';
import type { IconName } from '../icons.ts';

/** What an application is beside a service, by the programs that were seen in it or the protocol that it is asked in. */
export interface ApplicationKind {
	word: 'database' | 'queue';
	icon: IconName;
}

const DATABASE: ApplicationKind = { word: 'database', icon: 'db' };
const QUEUE: ApplicationKind = { word: 'queue', icon: 'queue' };

const KINDS = new Map<string, ApplicationKind>([
	...(
		'aerospike cassandra clickhouse cockroach couchbase dragonfly elasticsearch etcd foundationdb influxdb keydb memcached ' +
		'mongodb mssql mysql opensearch postgres prometheus redis valkey victoria-logs victoria-metrics'
	)
		.split(' ')
		.map((type) => [type, DATABASE] as const),
	...['kafka', 'nats', 'rabbitmq'].map((type) => [type, QUEUE] as const),
]);

/** Null for a service, and for what nothing is known of. */
export function kindOf({ types }: Pick<ApplicationSummary, 'types'>): ApplicationKind | null {
	for (const type of types) {
		const kind = KINDS.get(type);
		if (kind) return kind;
	}
	return null;
}
