import { api } from '../api/client.ts';
import { ApiFailure } from '../api/failure.ts';
import { withoutToken } from './address.ts';

export type SessionState = 'checking' | 'in' | 'out' | 'unreachable';

/** Whether this browser is signed in. Any answer 401 leads back to the sign-in page, which returns to the same place. */
class Session {
	state: SessionState = $state('checking');
	/** Why there is no session, for the sign-in page. */
	reason: 'none' | 'wrong-token' | 'refused' | 'expired' | 'signed-out' = $state('none');
	/** The server's own words, when there are any worth quoting. */
	quote: string | null = $state(null);

	async start(): Promise<void> {
		this.state = 'checking';
		const { token, href } = withoutToken(location.href);
		if (token !== null) {
			history.replaceState(null, '', href);
			await this.signIn(token);
			return;
		}
		try {
			await api.session();
			this.state = 'in';
		} catch (error) {
			this.#refused(error, 'none');
		}
	}

	async signIn(token: string): Promise<void> {
		try {
			await api.signIn(token.trim());
			this.quote = null;
			this.state = 'in';
		} catch (error) {
			this.#refused(error, 'wrong-token');
		}
	}

	async signOut(): Promise<void> {
		await api.signOut().catch(() => undefined);
		this.reason = 'signed-out';
		this.state = 'out';
	}

	/** An API call was answered 401. */
	expire(): void {
		if (this.state !== 'in') return;
		this.reason = 'expired';
		this.state = 'out';
	}

	#refused(error: unknown, reason: 'none' | 'wrong-token'): void {
		const failure = error instanceof ApiFailure ? error : null;
		const noServer = !failure || failure.status === 0 || failure.status >= 500;
		this.quote = failure?.quote ?? String(error);
		// Only 401 speaks about the token; too many tries or a foreign host name are told in the server's words.
		this.reason = failure?.status === 401 ? reason : 'refused';
		this.state = noServer ? 'unreachable' : 'out';
	}
}

export const session = new Session();
