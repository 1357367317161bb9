import { Readable } from 'node:stream';
import type { ClickHouseClient } from '@clickhouse/client';
import {
	CANCELLED,
	type Engine,
	EngineError,
	type InsertInto,
} from '../../../app/server/clickhouse/engine.ts';
import { ServerError } from '../../../app/server/errors.ts';
import type { EngineAddress } from './embedded-engine.ts';

/** Where the engine is; the embedded one moves when it is started again. */
export interface EngineSource {
	/** Null while it is away; `reason` says why. */
	readonly address: EngineAddress | null;
	readonly reason: string;
	stop(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 60_000;
/** Questions wait for each other beyond this; inserts have connections of their own. */
const MAX_QUESTIONS = 6;
const MAX_INSERTS = 6;
/** Limits of a question of the pages. */
const QUERY_SETTINGS = {
	max_execution_time: 20,
	max_memory_usage: '800000000',
	readonly: '2',
	output_format_json_quote_64bit_integers: 1,
	// Lists of series are long.
	max_query_size: '33554432',
} as const;

interface Clients {
	of: EngineAddress;
	questions: ClickHouseClient;
	inserts: ClickHouseClient;
}

/** Engine over HTTP, through ClickHouse's own client. */
export class ClickhouseEngine implements Engine {
	readonly #source: EngineSource;
	readonly #createClient: typeof import('@clickhouse/client').createClient;
	#clients: Clients | null = null;
	#closed = false;
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

	/** The same engine with connections of its own; closing it leaves the engine running. */
	another(): ClickhouseEngine {
		const source = this.#source;
		const same: EngineSource = {
			get address() {
				return source.address;
			},
			get reason() {
				return source.reason;
			},
			stop: async () => {},
		};
		return new ClickhouseEngine(same, this.#createClient);
	}

	command(sql: string): Promise<void> {
		return this.#ask(async (client) => {
			await client.command({ query: sql });
		}, 'inserts');
	}

	select<Row>(sql: string, params: Record<string, unknown>, gone?: AbortSignal): Promise<Row[]> {
		return this.#ask(async (client) => {
			if (gone?.aborted) throw cancelled();
			const id = crypto.randomUUID();
			// Closing the connection alone does not stop the engine.
			const kill = () => this.#kill(id);
			gone?.addEventListener('abort', kill, { once: true });
			try {
				const result = await client.query({
					query: sql,
					query_id: id,
					format: 'JSONEachRow',
					query_params: params,
					clickhouse_settings: QUERY_SETTINGS,
					...(gone ? { abort_signal: gone } : {}),
				});
				return (await result.json()) as Row[];
			} catch (error) {
				throw gone?.aborted ? cancelled(error) : error;
			} finally {
				gone?.removeEventListener('abort', kill);
			}
		}, 'questions');
	}

	read(sql: string, take: (bytes: Uint8Array) => void): Promise<void> {
		return this.#ask(async (client) => {
			const { stream } = await client.exec({
				query: `${sql} FORMAT RowBinary`,
				clickhouse_settings: QUERY_SETTINGS,
			});
			for await (const bytes of stream) take(bytes as Uint8Array);
		}, 'questions');
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
		}, 'inserts');
	}

	state(): { ok: boolean; reason: string | null } {
		if (this.#source.address === null) return { ok: false, reason: this.#source.reason };
		return { ok: this.#failure === null, reason: this.#failure };
	}

	async close(): Promise<void> {
		this.#closed = true;
		await this.#disconnect();
		await this.#source.stop();
	}

	#kill(id: string): void {
		// Not among the questions: their connections may all be busy.
		this.#clients?.inserts
			.command({ query: 'KILL QUERY WHERE query_id = {id:String} ASYNC', query_params: { id } })
			.catch(() => {});
	}

	async #ask<T>(work: (client: ClickHouseClient) => Promise<T>, of: 'questions' | 'inserts'): Promise<T> {
		try {
			const answer = await work(this.#connected()[of]);
			this.#failure = null;
			return answer;
		} catch (error) {
			if (error instanceof EngineError || error instanceof ServerError) throw error;
			const { code, message } = error as { code?: unknown; message?: string };
			// Answers carry ClickHouse's number; everything else is the network.
			const number = /^\d+$/.test(String(code)) ? Number(code) : null;
			this.#failure = number === null ? `ClickHouse does not answer: ${message}` : null;
			throw new EngineError(message ?? String(error), number, { cause: error });
		}
	}

	#connected(): Clients {
		const address = this.#source.address;
		if (this.#closed) throw new EngineError('The server is stopping.', null);
		if (address === null) throw new EngineError(this.#source.reason, null);
		if (this.#clients?.of !== address) {
			this.#disconnect().catch(() => {});
			const client = (max_open_connections: number) =>
				this.#createClient({
					url: address.url,
					username: address.username,
					password: address.password,
					application: 'codexray',
					request_timeout: REQUEST_TIMEOUT_MS,
					max_open_connections,
					// The engine's own words are in the errors.
					log: { level: 127 as never },
				});
			this.#clients = { of: address, questions: client(MAX_QUESTIONS), inserts: client(MAX_INSERTS) };
		}
		return this.#clients;
	}

	async #disconnect(): Promise<void> {
		const clients = this.#clients;
		this.#clients = null;
		await Promise.all([clients?.questions.close(), clients?.inserts.close()]);
	}
}

function cancelled(cause?: unknown): EngineError {
	return new EngineError('The question was stopped: nobody waits for the answer.', CANCELLED, { cause });
}
