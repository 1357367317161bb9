import type { Clock } from '../../clock.ts';
import { ServerError } from '../errors.ts';
import type { SecretFiles, SettingsStore } from '../settings.ts';
import { equalHashes, randomSecret, secretHash } from './secrets.ts';

export const SESSION_COOKIE = 'codexray_session';
export const SESSION_SECONDS = 30 * 24 * 3600;
const MAX_SESSIONS = 1000;
/** Failed sign-ins of one address within a minute; then it waits. */
const MAX_FAILURES = 10;
const FAILURE_WINDOW_MS = 60_000;
/** Addresses with failures that are remembered; at the bound all are forgotten. */
const MAX_ADDRESSES = 4096;

export const TOKEN_FILE = 'sign-in.token';
export const KEY_FILE = 'agent.key';
export const READ_KEY_FILE = 'read.key';

/** Who may come in: one sign-in token, one key for agents, one that only reads, and sessions. Only hashes stand in the settings. */
export class Gatekeeper {
	readonly #settings: SettingsStore;
	readonly #clock: Clock;
	readonly #keyHash: string;
	readonly #readKeyHash: string;
	readonly #tokenHash: string;
	/** The token itself, for the printed link. */
	readonly signInToken: string;
	readonly #failures = new Map<string, { count: number; since: number }>();

	private constructor(
		settings: SettingsStore,
		clock: Clock,
		token: string,
		hashes: { token: string; key: string; readKey: string },
	) {
		this.#settings = settings;
		this.#clock = clock;
		this.signInToken = token;
		this.#tokenHash = hashes.token;
		this.#keyHash = hashes.key;
		this.#readKeyHash = hashes.readKey;
	}

	/** Makes token and keys at the first start; replaces one whose file is gone or was changed. */
	static async open(settings: SettingsStore, files: SecretFiles, clock: Clock): Promise<Gatekeeper> {
		const secret = async (file: string, setting: string) => {
			const held = (await files.read(file))?.trim();
			const known = await settings.get(setting);
			if (held && known && equalHashes(await secretHash(held), known)) return { secret: held, hash: known };
			const fresh = randomSecret();
			const hash = await secretHash(fresh);
			// The file first: a hash without its file would lock everybody out.
			await files.write(file, `${fresh}\n`);
			await settings.set(setting, hash);
			return { secret: fresh, hash };
		};
		const token = await secret(TOKEN_FILE, 'sign-in-token-hash');
		const key = await secret(KEY_FILE, 'agent-key-hash');
		const readKey = await secret(READ_KEY_FILE, 'read-key-hash');
		const hashes = { token: token.hash, key: key.hash, readKey: readKey.hash };
		return new Gatekeeper(settings, clock, token.secret, hashes);
	}

	/** True when the headers carry the key: X-API-Key, bearer token, or password of basic authentication. */
	async hasKey(headers: Record<string, string | string[] | undefined>): Promise<boolean> {
		const given = keyOf(headers);
		return given !== null && equalHashes(await secretHash(given), this.#keyHash);
	}

	/** True when the headers carry that key, or the one that only reads. */
	async mayRead(headers: Record<string, string | string[] | undefined>): Promise<boolean> {
		const given = keyOf(headers);
		if (given === null) return false;
		const hash = await secretHash(given);
		return equalHashes(hash, this.#readKeyHash) || equalHashes(hash, this.#keyHash);
	}

	/** True when the Cookie header names a session that has not ended. */
	async hasSession(cookies: string | undefined): Promise<boolean> {
		const cookie = sessionOf(cookies);
		if (cookie === null) return false;
		const expiry = await this.#settings.sessionExpiry(await secretHash(cookie));
		return expiry !== null && expiry > this.#clock.now();
	}

	/** Trades the token for a session cookie's value. `address` is throttled after too many failures. */
	async signIn(token: string, address: string): Promise<string> {
		const now = this.#clock.now();
		const failures = this.#failures.get(address);
		if (failures && now - failures.since < FAILURE_WINDOW_MS && failures.count >= MAX_FAILURES) {
			const wait = Math.ceil((failures.since + FAILURE_WINDOW_MS - now) / 1000);
			throw new ServerError('CXR_AUTH_THROTTLED', '', { retryAfter: wait });
		}
		if (!equalHashes(await secretHash(token), this.#tokenHash)) {
			if (this.#failures.size >= MAX_ADDRESSES) this.#failures.clear();
			const recent =
				failures && now - failures.since < FAILURE_WINDOW_MS ? failures : { count: 0, since: now };
			recent.count++;
			this.#failures.set(address, recent);
			throw new ServerError('CXR_AUTH_TOKEN');
		}
		this.#failures.delete(address);
		await this.#settings.pruneSessions(now, MAX_SESSIONS - 1);
		const cookie = randomSecret();
		await this.#settings.addSession(await secretHash(cookie), now + SESSION_SECONDS * 1000);
		return cookie;
	}

	async signOut(cookies: string | undefined): Promise<void> {
		const cookie = sessionOf(cookies);
		if (cookie !== null) await this.#settings.removeSession(await secretHash(cookie));
	}
}

function sessionOf(cookies: string | undefined): string | null {
	for (const part of cookies?.split(';') ?? []) {
		const [name, value] = part.trim().split('=', 2);
		if (name === SESSION_COOKIE && value) return value;
	}
	return null;
}

function keyOf(headers: Record<string, string | string[] | undefined>): string | null {
	const own = headers['x-api-key'];
	if (typeof own === 'string' && own !== '') return own;
	const authorization = headers.authorization;
	if (typeof authorization !== 'string') return null;
	const [scheme, value] = authorization.split(/\s+/, 2);
	if (!value) return null;
	if (scheme?.toLowerCase() === 'bearer') return value;
	if (scheme?.toLowerCase() !== 'basic') return null;
	try {
		const plain = atob(value);
		return plain.slice(plain.indexOf(':') + 1);
	} catch {
		return null;
	}
}
