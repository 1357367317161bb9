import { ServerError } from '../errors.ts';
import type { Engine } from './engine.ts';
import { migrations } from './schema.ts';

/** Database of a project: letters, digits and underscores of its id. */
export function databaseOf(projectId: string): string {
	return `codexray_${projectId.replace(/[^A-Za-z0-9_]/g, '_')}`;
}

/**
 * Makes the database and brings its tables to this program's version, by `steps`; may be interrupted anywhere and repeated.
 * Throws CXR_ENGINE_SCHEMA when a newer program made them, and EngineError.
 */
export async function migrate(
	engine: Engine,
	database: string,
	steps: readonly (readonly string[])[] = migrations(database),
): Promise<void> {
	await engine.command(`CREATE DATABASE IF NOT EXISTS ${database}`);
	await engine.command(
		`CREATE TABLE IF NOT EXISTS ${database}.schema_version (version UInt32, applied_at DateTime DEFAULT now()) ENGINE = MergeTree ORDER BY version`,
	);
	const [row] = await engine.select<{ version: number }>(
		`SELECT max(version) AS version FROM ${database}.schema_version`,
		{},
	);
	const found = row?.version ?? 0;
	if (found > steps.length) {
		throw new ServerError(
			'CXR_ENGINE_SCHEMA',
			`Database ${database} has version ${found}, this program knows up to ${steps.length}.`,
		);
	}
	for (let version = found; version < steps.length; version++) {
		for (const statement of steps[version]!) await engine.command(statement);
		await engine.command(`INSERT INTO ${database}.schema_version (version) VALUES (${version + 1})`);
	}
}
