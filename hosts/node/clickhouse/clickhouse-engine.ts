import { Readable } from 'node:stream';
import type { ClickHouseClient } from '@clickhouse/client';
import { type Engine, EngineError, type InsertInto } from '../../../app/server/clickhouse/engine.ts';
import type { EngineAddress } from './embedded-engine.ts';

/** Where the engine is; the embedded one moves when it is started again. */
export interface EngineSource {
	/** Null while it is away; `reason` says why. */
	readonly address: EngineAddress | null;
	readonly reason: string;
	stop(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 60_000;
const MAX_CONNECTIONS = 8;
/** Limits of a question of the pages. */
const QUERY_SETTINGS = {
	max_execution_time: 20,
	max_memory_usage: '800000000',
	readonly: '2',
	output_format_json_quote_64bit_integers: 1,
} as const;

/** Engine over HTTP, through ClickHouse's own client. */
export class ClickhouseEngine implements Engine {
	readonly #source: EngineSource;
	readonly #createClient: typeof import('@clickhouse/client').createClient;
	#client: { of: EngineAddress; client: ClickHouseClient } | null = null;
	/** Why the last request got no answer. */
	#failure: string | null = null;

	private constructor(source: EngineSource, createClient: typeof import('@clickhouse/client').createClient) {
		this.#source = source;
		this.#createClient = createClient;
	}

	/** The client is an optional package, loaded only here. */
	static async open(source: EngineSource): Promise<ClickhouseEngine> {
		const { createClient } = await import('@clickhouse/client');
		return new ClickhouseEngine(source, createClient);
	}

	command(sql: string): Promise<void> {
		return this.#ask(async (client) => {
			await client.command({ query: sql });
		});
	}

	select<Row>(sql: string, params: Record<string, unknown>): Promise<Row[]> {
		return this.#ask(async (client) => {
			const result = await client.query({
				query: sql,
				format: 'JSONEachRow',
				query_params: params,
				clickhouse_settings: QUERY_SETTINGS,
			});
			return (await result.json()) as Row[];
		});
	}

	insert(into: InsertInto, blocks: readonly Uint8Array[], token: string): Promise<void> {
		return this.#ask(async (client) => {
			const { stream } = await client.exec({
				query: `INSERT INTO ${into.table} (${into.columns.join(', ')}) FORMAT RowBinary`,
				values: Readable.from(blocks, { objectMode: false }),
				clickhouse_settings: {
					insert_deduplication_token: token,
					insert_deduplicate: 1,
					deduplicate_blocks_in_dependent_materialized_views: 1,
					async_insert: 0,
					wait_end_of_query: 1,
				},
			});
			// The answer ends when the parts are written.
			for await (const _chunk of stream);
		});
	}

	state(): { ok: boolean; reason: string | null } {
		if (this.#source.address === null) return { ok: false, reason: this.#source.reason };
		return { ok: this.#failure === null, reason: this.#failure };
	}

	async close(): Promise<void> {
		await this.#client?.client.close();
		this.#client = null;
		await this.#source.stop();
	}

	async #ask<T>(work: (client: ClickHouseClient) => Promise<T>): Promise<T> {
		try {
			const answer = await work(this.#connected());
			this.#failure = null;
			return answer;
		} catch (error) {
			if (error instanceof EngineError) throw error;
			const { code, message } = error as { code?: unknown; message?: string };
			// Answers carry ClickHouse's number; everything else is the network.
			const number = /^\d+$/.test(String(code)) ? Number(code) : null;
			this.#failure = number === null ? `ClickHouse does not answer: ${message}` : null;
			throw new EngineError(message ?? String(error), number, { cause: error });
		}
	}

	#connected(): ClickHouseClient {
		const address = this.#source.address;
		if (address === null) throw new EngineError(this.#source.reason, null);
		if (this.#client?.of !== address) {
			this.#client?.client.close().catch(() => {});
			const client = this.#createClient({
				url: address.url,
				username: address.username,
				password: address.password,
				application: 'codexray',
				request_timeout: REQUEST_TIMEOUT_MS,
				max_open_connections: MAX_CONNECTIONS,
				// The engine's own words are in the errors.
				log: { level: 127 as never },
			});
			this.#client = { of: address, client };
		}
		return this.#client.client;
	}
}
