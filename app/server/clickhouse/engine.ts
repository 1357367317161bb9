/**
 * Port: a ClickHouse engine, embedded or elsewhere. Adapter: hosts/node/clickhouse. Every method rejects with
 * EngineError; `params` are values of `{name:Type}` places, never pasted into the text.
 */
export interface Engine {
	/** A statement without an answer, such as DDL. */
	command(sql: string): Promise<void>;
	/** A SELECT; one object a row, 64-bit numbers as decimal strings. When `gone` aborts, the engine stops working on it. */
	select<Row>(sql: string, params: Record<string, unknown>, gone?: AbortSignal): Promise<Row[]>;
	/**
	 * A SELECT; RowBinary, given to `take` as it comes, each time good until `take` returns. When the engine fails midway the bytes are
	 * cut, maybe with words behind them, and no error follows: the answer must show itself that it is whole.
	 */
	read(sql: string, take: (bytes: Uint8Array) => void): Promise<void>;
	/**
	 * RowBinary into a table, whole or not at all per partition. A repeat under the same `token` adds nothing that is
	 * there already.
	 */
	insert(into: InsertInto, blocks: readonly Uint8Array[], token: string): Promise<void>;
	/** Whether it answered when it was last asked; `reason` says why not. */
	state(): { ok: boolean; reason: string | null };
	close(): Promise<void>;
}

export interface InsertInto {
	/** With its database. */
	table: string;
	/** In the order of the bytes. */
	columns: readonly string[];
}

/** What an engine answered, or that it did not answer. */
export class EngineError extends Error {
	/** ClickHouse's own number, null when there was no answer. */
	readonly code: number | null;

	constructor(message: string, code: number | null, options?: ErrorOptions) {
		super(message, options);
		this.name = 'EngineError';
		this.code = code;
	}

	/** True when the bytes are to blame: trying them again cannot help. */
	get refusesData(): boolean {
		return this.code !== null && DATA_ERRORS.has(this.code);
	}

	/** True when it was stopped because nobody waits for the answer. */
	get cancelled(): boolean {
		return this.code === CANCELLED;
	}

	/** True when the table or its database is not there (any more). */
	get tableMissing(): boolean {
		return this.code === 60 || this.code === 81;
	}
}

/** QUERY_WAS_CANCELLED */
export const CANCELLED = 394;

/**
 * Source: src/Common/ErrorCodes.cpp of ClickHouse. Cannot parse or read (6, 26, 27, 32, 33, 72), bad arguments or
 * values (36, 38, 41, 69, 70), unexpected data (117), a value that does not fit (131, 321), too many partitions (252).
 */
const DATA_ERRORS = new Set([6, 26, 27, 32, 33, 36, 38, 41, 69, 70, 72, 117, 131, 252, 321]);
