import { ServerError } from '../errors.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1']);
const WILDCARDS = new Set(['0.0.0.0', '::', '']);

/**
 * Which Host headers are answered. A page of another site can make a browser send requests here under a name of its
 * own (DNS rebinding); it cannot make it use an IP address as name, so those are fine on a wildcard listener.
 */
export class HostCheck {
	readonly #names: Set<string>;
	readonly #anyAddress: boolean;

	constructor(listenHost: string, hostNames: readonly string[]) {
		this.#names = new Set([...LOOPBACK, listenHost.toLowerCase(), ...hostNames.map((n) => n.toLowerCase())]);
		this.#anyAddress = WILDCARDS.has(listenHost);
	}

	/** Throws CXR_HTTP_HOST. */
	check(host: string | undefined): void {
		const name = hostName(host ?? '');
		if (name !== '' && this.#names.has(name)) return;
		if (this.#anyAddress && (/^\d+\.\d+\.\d+\.\d+$/.test(name) || name.includes(':'))) return;
		throw new ServerError('CXR_HTTP_HOST', `Host is ${JSON.stringify(host ?? '')}.`);
	}
}

/** Throws CXR_HTTP_ORIGIN when a browser says that the request comes from another site. */
export function checkOrigin(headers: Record<string, string | string[] | undefined>): void {
	const { origin, host } = headers;
	const site = headers['sec-fetch-site'];
	if (site !== undefined && site !== 'same-origin' && site !== 'none')
		throw new ServerError('CXR_HTTP_ORIGIN');
	if (origin === undefined) return;
	let originHost: string | null = null;
	try {
		originHost = new URL(String(origin)).host;
	} catch {}
	if (originHost === null || originHost !== String(host).toLowerCase())
		throw new ServerError('CXR_HTTP_ORIGIN');
}

/** The name in a Host header, without port and brackets. */
function hostName(host: string): string {
	const bracketed = /^\[([^\]]*)\](?::\d*)?$/.exec(host);
	return (bracketed?.[1] ?? host.replace(/:\d*$/, '')).toLowerCase();
}
