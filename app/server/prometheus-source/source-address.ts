/** An address without its user and password, and the header that they become. */
export function sourceAddress(text: string): { address: string; headers: Record<string, string> } {
	const url = new URL(text);
	const headers: Record<string, string> = {};
	if (url.username !== '' || url.password !== '') {
		const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
		headers.Authorization = `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(pair)))}`;
		url.username = '';
		url.password = '';
	}
	url.hash = '';
	return { address: url.href.replace(/\/+$/, ''), headers };
}
