import { type BoxContent, type GraphLayout, type Link, layOutNamespace } from './namespace-layout.ts';

interface Entry {
	content: BoxContent;
	roomy: boolean;
	linked: Set<string>;
}

/** Namespaces that are remembered. At the bound the one that was least lately shown is forgotten: it is laid out anew. */
const MOST_NAMESPACES = 500;

/**
 * Places of nodes, namespace by namespace. A refresh changes figures, not places: a node that left keeps its place free,
 * a new link between two linked nodes is drawn over what stands. Only a new node, or a first link of one, lays its
 * namespace out again, and no other.
 */
export class LayoutCache {
	/** How many layouts were computed, for tests and for the figure of the page. */
	runs = 0;
	#elk: GraphLayout;
	#entries = new Map<string, Entry>();

	constructor(elk: GraphLayout) {
		this.#elk = elk;
	}

	async content(namespace: string, nodes: string[], links: Link[], roomy = true): Promise<BoxContent> {
		const entry = this.#entries.get(namespace);
		if (entry?.roomy === roomy && fits(entry, nodes, links)) {
			this.#keep(namespace, entry);
			return entry.content;
		}
		this.runs++;
		const content = await layOutNamespace(this.#elk, nodes, links, roomy);
		this.#keep(namespace, { content, roomy, linked: new Set(links.flatMap(({ from, to }) => [from, to])) });
		return content;
	}

	#keep(namespace: string, entry: Entry): void {
		this.#entries.delete(namespace);
		this.#entries.set(namespace, entry);
		if (this.#entries.size <= MOST_NAMESPACES) return;
		const oldest = this.#entries.keys().next().value;
		if (oldest !== undefined) this.#entries.delete(oldest);
	}
}

function fits({ content, linked }: Entry, nodes: string[], links: Link[]): boolean {
	if (!nodes.every((id) => content.at.has(id))) return false;
	return links.every(({ from, to }) => from === to || (linked.has(from) && linked.has(to)));
}
