interface MapAnswer {
	applications: { id: string; name: string }[];
	edges: { from: string; to: string }[];
}

const POLL_MS = 500;
const GIVE_UP_AFTER_MS = 600_000;
const LOOK_BACK_MS = 300_000;

/** Asks the server's map until it has a link; resolves with 'caller -> callee', or null when aborted or too late. */
export async function watchFirstEdge(given: {
	url: string;
	key: string;
	signal: AbortSignal;
}): Promise<string | null> {
	const until = Date.now() + GIVE_UP_AFTER_MS;
	while (!given.signal.aborted && Date.now() < until) {
		try {
			const now = Date.now();
			const response = await fetch(`${given.url}/api/map?from=${now - LOOK_BACK_MS}&to=${now}`, {
				headers: { 'X-API-Key': given.key },
				signal: given.signal,
			});
			const map = response.ok ? ((await response.json()) as MapAnswer) : undefined;
			const edge = map?.edges[0];
			if (map && edge) {
				const name = (id: string) =>
					map.applications.find((application) => application.id === id)?.name ?? id;
				return `${name(edge.from)} -> ${name(edge.to)}`;
			}
		} catch {
			// The server may be starting again; the next poll tells.
		}
		await new Promise<void>((resolve) => {
			const timer = setTimeout(resolve, POLL_MS);
			given.signal.addEventListener(
				'abort',
				() => {
					clearTimeout(timer);
					resolve();
				},
				{ once: true },
			);
		});
	}
	return null;
}
