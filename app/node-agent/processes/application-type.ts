/** What kind of program a process is, from its command line and executable. */

interface Signature {
	type: string;
	/** argv[0], a trailing colon cut (`nginx: worker`), ends in one of these. */
	command?: string[];
	/** argv[0] contains one of these. */
	commandContains?: string[];
	/** Any later argument contains one of these. */
	argument?: string[];
	commandPattern?: RegExp;
}

const PHP = /(?:^|\/)php(?:-fpm|-cgi)?\d*(?:\.\d+)?(?:-fpm|-cgi)?$/;
const PYTHON = /(?:^|\/)(?:python|pypy)\d*(?:\.\d+)?$/;
const NODE = /(?:^|\/)node(?:js)?$/;
const RUBY = /(?:^|\/)ruby\d*(?:\.\d+)?$/;

/** In order: the first that matches decides. */
const SIGNATURES: Signature[] = [
	{ type: 'coroot-node-agent', command: ['coroot-node-agent'] },
	{ type: 'coroot-cluster-agent', command: ['coroot-cluster-agent'] },
	{ type: 'coroot', command: ['coroot'] },
	{ type: 'codexray-node-agent', command: ['codexray-node-agent'] },
	{ type: 'codexray-cluster-agent', command: ['codexray-cluster-agent'] },
	{ type: 'codexray', command: ['codexray'] },
	{ type: 'memcached', command: ['memcached'] },
	{ type: 'envoy', command: ['envoy'] },
	{ type: 'elasticsearch', argument: ['org.elasticsearch.bootstrap'] },
	{ type: 'opensearch', argument: ['org.opensearch.bootstrap'] },
	{ type: 'kafka', argument: ['kafka.Kafka', 'io.confluent.support.metrics.SupportedKafka'] },
	{ type: 'mongodb', command: ['mongod'] },
	{ type: 'mongos', command: ['mongos'] },
	{ type: 'mysql', command: ['mysqld', 'mariadbd'] },
	{ type: 'mssql', command: ['sqlservr'] },
	{ type: 'zookeeper', argument: ['org.apache.zookeeper.server.quorum.QuorumPeerMain'] },
	{ type: 'redis', command: ['redis-server'] },
	{ type: 'redis-sentinel', command: ['redis-sentinel'] },
	{ type: 'keydb', command: ['keydb-server'] },
	{ type: 'valkey', command: ['valkey-server'] },
	{ type: 'dragonfly', command: ['dragonfly'] },
	{ type: 'rabbitmq', command: ['beam.smp'], argument: ['rabbit'] },
	{ type: 'couchbase', command: ['beam.smp'], argument: ['couch'] },
	{ type: 'pgbouncer', command: ['pgbouncer'] },
	{ type: 'postgres', command: ['postgres'] },
	{ type: 'haproxy', command: ['haproxy'] },
	{ type: 'nginx', command: ['nginx'] },
	{ type: 'dotnet', command: ['w3wp'] },
	{ type: 'kubelet', command: ['kubelet'] },
	{ type: 'kube-apiserver', command: ['kube-apiserver'] },
	{ type: 'kube-controller-manager', command: ['kube-controller-manager'] },
	{ type: 'kube-scheduler', command: ['kube-scheduler'] },
	{ type: 'k3s', command: ['k3s'] },
	{ type: 'etcd', command: ['etcd'] },
	{ type: 'dockerd', command: ['dockerd'] },
	{ type: 'consul', command: ['consul'] },
	{ type: 'cassandra', argument: ['org.apache.cassandra.service.CassandraDaemon'] },
	{ type: 'clickhouse', command: ['clickhouse-server'] },
	{ type: 'traefik', command: ['traefik'] },
	{ type: 'aerospike', command: ['asd'] },
	{ type: 'httpd', command: ['httpd', 'apache', 'apache2'] },
	{ type: 'influxdb', command: ['influxd'] },
	{ type: 'tomcat', argument: ['org.apache.catalina.startup.Bootstrap'] },
	{ type: 'vault', command: ['vault'] },
	{ type: 'proxysql', command: ['proxysql'] },
	{ type: 'cockroach', command: ['cockroach'] },
	{ type: 'prometheus', command: ['prometheus'] },
	{ type: 'ceph', command: ['ceph-mon', 'ceph-mgr', 'ceph-osd', 'cephcsi'] },
	{ type: 'rook', command: ['rook'] },
	{ type: 'nats', command: ['nats-server'] },
	{ type: 'java', command: ['java'] },
	{ type: 'ollama', command: ['ollama'] },
	{ type: 'foundationdb', command: ['fdbserver'] },
	{ type: 'victoria-logs', commandContains: ['victoria-logs'] },
	{ type: 'victoria-metrics', commandContains: ['victoria-metrics', 'vmstorage', 'vminsert', 'vmselect'] },
	{ type: 'php', commandPattern: PHP },
	{ type: 'python', commandPattern: PYTHON },
	{ type: 'nodejs', commandPattern: NODE },
	{ type: 'ruby', commandPattern: RUBY },
];

const EXECUTABLES: [RegExp, string][] = [
	[PHP, 'php'],
	[PYTHON, 'python'],
	[NODE, 'nodejs'],
	[RUBY, 'ruby'],
];

/**
 * @param cmdline /proc/PID/cmdline: arguments, each ended by NUL
 * @param executable target of /proc/PID/exe
 */
export function applicationType(cmdline: string, executable: string | undefined): string | undefined {
	const [first = '', ...rest] = cmdline.split('\0');
	// A program that sets its own title writes one string: `nginx: master process ...`, `redis-server *:6379`.
	const titled = rest.every((argument) => argument === '');
	const word = titled ? first.split(' ', 1)[0]! : first;
	const command = word.endsWith(':') ? word.slice(0, -1) : word;
	for (const signature of SIGNATURES) if (matches(signature, command, rest)) return signature.type;
	const link = executable?.replace(/ \(deleted\)$/, '') ?? '';
	return EXECUTABLES.find(([pattern]) => pattern.test(link))?.[1];
}

function matches(signature: Signature, command: string, rest: string[]): boolean {
	if (signature.command && !signature.command.some((name) => isProgram(command, name))) return false;
	if (signature.commandContains && !signature.commandContains.some((part) => command.includes(part)))
		return false;
	if (signature.commandPattern && !signature.commandPattern.test(command)) return false;
	const parts = signature.argument;
	return !parts || rest.some((argument) => parts.some((part) => argument.includes(part)));
}

/** The whole base name, so that `asd` is not found in `passd`. */
function isProgram(command: string, name: string): boolean {
	return command === name || command.endsWith(`/${name}`);
}
