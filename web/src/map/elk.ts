import ELK from 'elkjs/lib/elk-api.js';
import workerUrl from 'elkjs/lib/elk-worker.min.js?url';
import type { GraphLayout } from './namespace-layout.ts';

/** The layout engine in a worker of its own, loaded when the first map is drawn. */
export function startElk(): GraphLayout {
	const elk = new ELK({ workerUrl, workerFactory: (url) => new Worker(url ?? workerUrl) });
	return { layout: (graph) => elk.layout(graph) };
}
