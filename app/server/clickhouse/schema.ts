/**
 * The one schema of logs, traces and profiles: tables, and the columns of RowBinary blocks in their order. docs/formats.md
 * describes it.
 */

/** Of the columns of row blocks: those in spools carry the version they were made for. Tables count their migrations. */
export const SCHEMA_VERSION = 1;

export interface Column {
	name: string;
	type: string;
	/** What stands behind the type in the DDL: how it is compressed, or that it is only taken. */
	codec: string;
}

/** What comes over OTLP. */
export type OtlpSignal = 'logs' | 'traces';
export const OTLP_SIGNALS: readonly OtlpSignal[] = ['logs', 'traces'];
export type Signal = OtlpSignal | 'profiles';
export const SIGNALS: readonly Signal[] = [...OTLP_SIGNALS, 'profiles'];

/** How long rows are kept. */
export const RETENTION_DAYS: Readonly<Record<Signal, number>> = { logs: 7, traces: 7, profiles: 7 };

const ATTRIBUTES = 'Map(LowCardinality(String), String)';
const WORD = 'LowCardinality(String)';
const column = (name: string, type: string, codec = 'ZSTD(1)'): Column => ({
	name,
	type,
	codec: `CODEC(${codec})`,
});
const time = (name: string) => column(name, 'DateTime64(9)', 'Delta(8), ZSTD(1)');

const SCOPE = [
	column('resource_attributes', ATTRIBUTES),
	column('service_name', WORD),
	column('scope_attributes', ATTRIBUTES),
	column('scope_name', WORD),
	column('scope_version', WORD),
];

/** Columns of the tables `logs`, `traces` and `profiles`, in the order in which the `codec` component writes them. */
export const COLUMNS: Readonly<Record<Signal, readonly Column[]>> = {
	logs: [
		...SCOPE,
		time('timestamp'),
		// When it was collected: stands in for a missing time before it comes here, and is not kept.
		{ name: 'observed_timestamp', type: 'DateTime64(9)', codec: 'EPHEMERAL' },
		column('trace_id', 'String'),
		column('span_id', 'String'),
		column('flags', 'UInt32'),
		column('severity_number', 'UInt8'),
		column('severity_text', WORD),
		column('event_name', WORD),
		column('body', 'String'),
		column('attributes', ATTRIBUTES),
	],
	traces: [
		...SCOPE,
		time('timestamp'),
		column('duration_ns', 'UInt64'),
		column('trace_id', 'String'),
		column('span_id', 'String'),
		column('parent_span_id', 'String'),
		column('trace_state', 'String'),
		column('flags', 'UInt32'),
		column('name', WORD),
		column(
			'kind',
			"Enum8('unspecified' = 0, 'internal' = 1, 'server' = 2, 'client' = 3, 'producer' = 4, 'consumer' = 5)",
		),
		column('status_code', "Enum8('unset' = 0, 'ok' = 1, 'error' = 2)"),
		column('status_message', 'String'),
		column('attributes', ATTRIBUTES),
		column('events', `Array(Tuple(timestamp DateTime64(9), name ${WORD}, attributes ${ATTRIBUTES}))`),
		column(
			'links',
			`Array(Tuple(trace_id String, span_id String, trace_state String, attributes ${ATTRIBUTES}))`,
		),
	],
	// One row a sample of a profile. This table keeps nothing: what it is given goes to the two tables behind it.
	profiles: [
		column('service_name', WORD),
		column('container_id', WORD),
		column('host_name', WORD),
		column('labels', ATTRIBUTES),
		time('start'),
		time('end'),
		// By type of sample.
		column('types', `Array(${WORD})`),
		column('units', `Array(${WORD})`),
		column('values', 'Array(Int64)'),
		column('stack_hash', 'UInt64'),
		// By frame, leaf first.
		column('functions', 'Array(String)'),
		column('files', `Array(${WORD})`),
		column('lines', 'Array(UInt32)'),
	],
};

/** Columns that the engine fills itself. */
const PATTERN_HASH =
	"pattern_hash LowCardinality(String) MATERIALIZED attributes['pattern.hash'] CODEC(ZSTD(1))";

/** Lengths stand between the texts: apart from them, eight bytes each, they took more than the texts of attributes. */
const STRINGS = "string_serialization_version = 'single_stream'";

/** What must follow the columns; `day` bounds how long it lives. */
const tail = (days: number, order: string) => `PARTITION BY toDate(timestamp)
ORDER BY (${order})
TTL toDateTime(timestamp) + INTERVAL ${days} DAY DELETE
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000,
	fsync_after_insert = 1, fsync_part_directory = 1, ${STRINGS}`;

const columnsOf = (signal: Signal) =>
	COLUMNS[signal].map(({ name, type, codec }) => `\t${name} ${type} ${codec}`).join(',\n');

/** Middle of a profile: where it belongs in time, so that neighbouring ranges share none. */
const MIDDLE =
	'fromUnixTimestamp64Nano(intDiv(toUnixTimestamp64Nano(start) + toUnixTimestamp64Nano(end), 2))';

function profileTables(database: string): string[] {
	const columns = COLUMNS.profiles.map(({ name, type }) => `\t${name} ${type}`).join(',\n');
	return [
		`CREATE TABLE IF NOT EXISTS ${database}.profile_samples (
	service_name ${WORD} CODEC(ZSTD(1)),
	type ${WORD} CODEC(ZSTD(1)),
	unit ${WORD} CODEC(ZSTD(1)),
	container_id ${WORD} CODEC(ZSTD(1)),
	host_name ${WORD} CODEC(ZSTD(1)),
	labels ${ATTRIBUTES} CODEC(ZSTD(1)),
	timestamp DateTime64(9) CODEC(Delta(8), ZSTD(1)),
	start DateTime64(9) CODEC(Delta(8), ZSTD(1)),
	end DateTime64(9) CODEC(Delta(8), ZSTD(1)),
	stack_hash UInt64 CODEC(ZSTD(1)),
	value Int64 CODEC(ZSTD(1))
) ENGINE = MergeTree
${tail(RETENTION_DAYS.profiles, 'service_name, type, timestamp')}`,
		// Rows of one stack, service and day merge into one; a repeated insert changes nothing.
		`CREATE TABLE IF NOT EXISTS ${database}.profile_stacks (
	service_name ${WORD} CODEC(ZSTD(1)),
	stack_hash UInt64 CODEC(ZSTD(1)),
	day Date,
	functions Array(String) CODEC(ZSTD(1)),
	files Array(${WORD}) CODEC(ZSTD(1)),
	lines Array(UInt32) CODEC(ZSTD(1))
) ENGINE = ReplacingMergeTree
PARTITION BY day
ORDER BY (service_name, stack_hash, day)
TTL day + INTERVAL ${RETENTION_DAYS.profiles + 1} DAY DELETE
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000,
	fsync_after_insert = 1, fsync_part_directory = 1, ${STRINGS}`,
		`CREATE TABLE IF NOT EXISTS ${database}.profiles (
${columns}
) ENGINE = Null`,
		`CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.profile_stacks_fill TO ${database}.profile_stacks AS
SELECT service_name, stack_hash, toDate(${MIDDLE}) AS day, functions, files, lines
FROM ${database}.profiles LIMIT 1 BY service_name, stack_hash, day`,
		`CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.profile_samples_fill TO ${database}.profile_samples AS
SELECT service_name, type, unit, container_id, host_name, labels, ${MIDDLE} AS timestamp, start, end, stack_hash, value
FROM ${database}.profiles ARRAY JOIN types AS type, units AS unit, values AS value WHERE value != 0`,
	];
}

/** Statements that bring a database from the version before to each version. */
export function migrations(database: string): readonly (readonly string[])[] {
	return [
		[
			`CREATE TABLE IF NOT EXISTS ${database}.logs (
${columnsOf('logs')},
	${PATTERN_HASH},
	INDEX trace_ids trace_id TYPE bloom_filter(0.001),
	INDEX body_words body TYPE text(tokenizer = splitByNonAlpha, preprocessor = lower(body))
) ENGINE = MergeTree
${tail(RETENTION_DAYS.logs, 'service_name, timestamp')}`,
			`CREATE TABLE IF NOT EXISTS ${database}.traces (
${columnsOf('traces')},
	INDEX trace_ids trace_id TYPE bloom_filter(0.001)
) ENGINE = MergeTree
${tail(RETENTION_DAYS.traces, 'service_name, timestamp')}`,
			// Rows of one trace and day merge into one; a repeated insert changes nothing.
			`CREATE TABLE IF NOT EXISTS ${database}.trace_times (
	trace_id String CODEC(ZSTD(1)),
	day Date,
	first SimpleAggregateFunction(min, DateTime64(9)) CODEC(ZSTD(1)),
	last SimpleAggregateFunction(max, DateTime64(9)) CODEC(ZSTD(1))
) ENGINE = AggregatingMergeTree
PARTITION BY day
ORDER BY (trace_id, day)
TTL day + INTERVAL ${RETENTION_DAYS.traces + 1} DAY DELETE
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000,
	fsync_after_insert = 1, fsync_part_directory = 1, ${STRINGS}`,
			`CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.trace_times_fill TO ${database}.trace_times AS
SELECT trace_id, toDate(timestamp) AS day, min(timestamp) AS first, max(timestamp) AS last
FROM ${database}.traces GROUP BY trace_id, day`,
		],
		// What version 1 made differently; where the statements above made the tables, these change nothing.
		[
			`ALTER TABLE ${database}.logs ADD COLUMN IF NOT EXISTS ${PATTERN_HASH}`,
			`ALTER TABLE ${database}.logs MODIFY COLUMN observed_timestamp DateTime64(9) EPHEMERAL`,
			...['logs', 'traces', 'trace_times'].map(
				(table) => `ALTER TABLE ${database}.${table} MODIFY SETTING ${STRINGS}`,
			),
		],
		profileTables(database),
	];
}
