/** Port: configuration and state of the server. Adapter: hosts/node/settings-store (SQLite). */
export interface SettingsStore {
	get(name: string): Promise<string | null>;
	set(name: string, value: string): Promise<void>;
	/** Sessions by hash; a hash says nothing about the cookie. */
	addSession(hash: string, expiresAt: number): Promise<void>;
	/** When the session ends, or null. */
	sessionExpiry(hash: string): Promise<number | null>;
	removeSession(hash: string): Promise<void>;
	/** Drops ended sessions, and the oldest beyond `keep`. */
	pruneSessions(now: number, keep: number): Promise<void>;
	close(): Promise<void>;
}

/** Port: secrets that people and programs of this machine are meant to read; files of mode 0600. */
export interface SecretFiles {
	read(name: string): Promise<string | null>;
	write(name: string, value: string): Promise<void>;
}
