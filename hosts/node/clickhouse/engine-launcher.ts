/**
 * The embedded ClickHouse as a program of its own: the HTTP server inside libchdb, on loopback.
 *
 *   node engine-launcher.ts DATA PORT CONFIG
 *
 * The query behind `SYSTEM START LISTEN` reads stdin, so the engine ends when its parent closes the pipe or dies.
 * The call blocks this thread until the end.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { engineIn, repairDeduplicationLogs } from './deduplication-log.ts';
import { enginePackage } from './engine-packages.ts';

const require = createRequire(import.meta.url);
const { open, load, DataType } = require('ffi-rs') as typeof import('ffi-rs');
const [, , data, port, config] = process.argv;
if (!data || !port || !config) throw new Error('BUG: engine-launcher wants DATA PORT CONFIG');

// The engine finds its folder locked as well, but only after what is repaired here.
const before = engineIn(data);
if (before !== undefined) {
	process.stderr.write(`Cannot lock file: the engine before, process ${before}, is not gone yet\n`);
	process.exit(1);
}
repairDeduplicationLogs(data);
open({ library: 'chdb', path: join(dirname(require.resolve(enginePackage())), 'libchdb.so') });
const args = [
	'clickhouse',
	`--path=${data}`,
	`--http_port=${port}`,
	'--listen_host=127.0.0.1',
	`--config-file=${config}`,
	'--input-format=LineAsString',
	...['--structure', 'line String'],
	...['--query', 'SYSTEM START LISTEN HTTP; SELECT count() FROM table'],
];
// What goes wrong the engine writes to stderr itself; the result says nothing of it.
load({
	library: 'chdb',
	funcName: 'chdb_query_cmdline',
	retType: DataType.Void,
	paramsType: [DataType.I32, DataType.StringArray],
	paramsValue: [args.length, args],
});
process.exit();
