/**
 * The server on Deno 2. Everything but this entry is shared with Node: Deno's node: modules serve the adapters.
 *
 *   deno run --node-modules-dir=manual --no-prompt \
 *     --allow-net --allow-env --allow-sys --allow-ffi \
 *     --allow-read=CHECKOUT,DATA --allow-write=DATA \
 *     --allow-run=CHECKOUT/node_modules/node/bin/node \
 *     hosts/deno/server.ts --listen 127.0.0.1:0 --data DATA
 *
 * net: listen. env: options and what npm packages ask. sys: the DuckDB addon asks for the platform. ffi: DuckDB is a
 * native addon, which --metrics-store clickhouse does without. read: sources, built core and pages, data. write: data
 * alone. run: the pinned Node, in which the embedded ClickHouse runs; without it, or with --no-engine or
 * --clickhouse-url, nothing is run.
 */
import { runServerProcess } from '../node/server-process.ts';

runServerProcess(process.argv.slice(2), 'deno').then(
	(code) => process.exit(code),
	(error: unknown) => {
		process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
		process.exit(1);
	},
);
