import { ServerError } from '../errors.ts';
import { type Selection, selectorOf } from './selection.ts';

/** Codes by which Node and Deno say that a certificate is not good, and what helps. */
const CERTIFICATES: readonly (readonly [RegExp, string])[] = [
	[
		/^ERR_TLS_CERT_ALTNAME_INVALID$/,
		'it is for another name: --prometheus-url must have the name in the certificate',
	],
	[/^CERT_HAS_EXPIRED$/, 'renew it, or set the clock of this machine'],
	[/^CERT_NOT_YET_VALID$/, 'set the clock of this machine'],
	[
		/^UNABLE_TO_(?:VERIFY|GET)|SELF_SIGNED_CERT|^CERT_/,
		'give the certificate of its CA with --prometheus-ca-file (--prometheus-tls-skip-verify takes any)',
	],
];

/** What a call that got no answer fails with: CXR_SOURCE_CERTIFICATE or CXR_SOURCE_AWAY. */
export function noAnswer(path: string, e: unknown): ServerError {
	const words = wordsOf(e);
	const code = e instanceof Error ? String((e as { code?: unknown }).code ?? '') : '';
	const advice = CERTIFICATES.find(([pattern]) => pattern.test(code))?.[1];
	return advice === undefined
		? new ServerError('CXR_SOURCE_AWAY', `${path}: ${words}`, { cause: e })
		: new ServerError('CXR_SOURCE_CERTIFICATE', `${path}: ${words}; ${advice}.`, { cause: e });
}

/** What to do about an answer that wants other credentials; nothing for other answers. */
export function credentialsAdvice(status: number): string {
	if (status === 401)
		return 'check user and password in --prometheus-url, or the token in --prometheus-token-file';
	if (status === 403) return 'the user may not read: check --prometheus-header and --prometheus-token-file';
	return '';
}

/** What is said of series whose samples are too many and that cannot be asked for in parts. */
export function cannotBeDivided(selection: Selection, why: string): string {
	return `${selectorOf(selection)} has too much for one answer and cannot be divided: raise the limit of the source (Prometheus: --query.max-samples, --storage.remote.read-sample-limit; VictoriaMetrics: -search.max*), or have it keep fewer series. ${why}`;
}

function wordsOf(e: unknown): string {
	if (!(e instanceof Error)) return String(e);
	const code = (e as { code?: unknown }).code;
	// Node adds how it could be started otherwise, which is not for here.
	return e.message.split('; if the root CA')[0] || (typeof code === 'string' ? code : e.name);
}
