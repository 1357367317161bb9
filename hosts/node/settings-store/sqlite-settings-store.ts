import { chmodSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { SettingsStore } from '../../../app/server/settings.ts';

const FORMAT = 1;

/** SettingsStore in a SQLite file of mode 0600. Serves Node and Deno. */
export class SqliteSettingsStore implements SettingsStore {
	readonly #db: DatabaseSync;

	constructor(path: string) {
		this.#db = new DatabaseSync(path);
		chmodSync(path, 0o600);
		this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000');
		const { user_version: version } = this.#db.prepare('PRAGMA user_version').get() as {
			user_version: number;
		};
		if (version > FORMAT) {
			throw new Error(
				`The settings have format ${version}, this program reads up to ${FORMAT}: start the newer one again.`,
			);
		}
		this.#db.exec(`
			CREATE TABLE IF NOT EXISTS settings(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
			CREATE TABLE IF NOT EXISTS sessions(hash TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) STRICT;
			PRAGMA user_version = ${FORMAT};
		`);
	}

	async get(name: string): Promise<string | null> {
		const row = this.#db.prepare('SELECT value FROM settings WHERE name = ?').get(name);
		return row ? (row.value as string) : null;
	}

	async set(name: string, value: string): Promise<void> {
		this.#db
			.prepare('INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value')
			.run(name, value);
	}

	async addSession(hash: string, expiresAt: number): Promise<void> {
		this.#db.prepare('INSERT INTO sessions VALUES (?, ?)').run(hash, expiresAt);
	}

	async sessionExpiry(hash: string): Promise<number | null> {
		const row = this.#db.prepare('SELECT expires_at FROM sessions WHERE hash = ?').get(hash);
		return row ? (row.expires_at as number) : null;
	}

	async removeSession(hash: string): Promise<void> {
		this.#db.prepare('DELETE FROM sessions WHERE hash = ?').run(hash);
	}

	async pruneSessions(now: number, keep: number): Promise<void> {
		this.#db.prepare('DELETE FROM sessions WHERE expires_at <= ?').run(now);
		this.#db
			.prepare(
				'DELETE FROM sessions WHERE hash NOT IN (SELECT hash FROM sessions ORDER BY expires_at DESC, rowid DESC LIMIT ?)',
			)
			.run(keep);
	}

	async close(): Promise<void> {
		this.#db.close();
	}
}
