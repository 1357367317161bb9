import type { SecretFiles, SettingsStore } from '../settings.ts';

/** SettingsStore and SecretFiles in memory, for tests. */
export class MemorySettings implements SettingsStore, SecretFiles {
	readonly settings = new Map<string, string>();
	readonly sessions = new Map<string, number>();
	readonly files = new Map<string, string>();

	async get(name: string) {
		return this.settings.get(name) ?? null;
	}
	async set(name: string, value: string) {
		this.settings.set(name, value);
	}
	async addSession(hash: string, expiresAt: number) {
		this.sessions.set(hash, expiresAt);
	}
	async sessionExpiry(hash: string) {
		return this.sessions.get(hash) ?? null;
	}
	async removeSession(hash: string) {
		this.sessions.delete(hash);
	}
	async pruneSessions(now: number, keep: number) {
		const alive = [...this.sessions].filter(([, end]) => end > now).sort((a, b) => b[1] - a[1]);
		this.sessions.clear();
		for (const [hash, end] of alive.slice(0, keep)) this.sessions.set(hash, end);
	}
	async read(name: string) {
		return this.files.get(name) ?? null;
	}
	async write(name: string, value: string) {
		this.files.set(name, value);
	}
	async close() {}
}
