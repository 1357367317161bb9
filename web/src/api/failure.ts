import type { Problem } from './types.ts';

/** What a failed request means for the page that asked. */
export type FailureKind = 'failed' | 'signed-out' | 'not-allowed' | 'off' | 'missing';

/** A request that gave no data: the answer's status (0: no answer came) and the server's own words. */
export class ApiFailure extends Error {
	readonly status: number;
	readonly code: string | null;
	/** The server's message as it was sent, to be quoted. */
	readonly quote: string;

	constructor(status: number, problem: Problem | null, raw: string) {
		const quote = problem
			? [problem.detail ?? problem.title, problem.code].filter(Boolean).join(' · ')
			: raw.slice(0, 300);
		super(quote);
		this.status = status;
		this.code = problem?.code ?? null;
		this.quote = quote || `HTTP ${status}`;
	}

	get kind(): FailureKind {
		if (this.status === 401) return 'signed-out';
		if (this.status === 403) return 'not-allowed';
		if (this.status === 404) return 'missing';
		if (this.status === 501 || this.code?.endsWith('_OFF')) return 'off';
		return 'failed';
	}
}
