import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** One contract suite: cases by name; a case that returns has passed. */
export type Cases = Record<string, () => void | Promise<void>>;

export interface Suite {
	path: string;
	cases: Cases;
	/** Ends what the cases share, after the last of them. */
	close?: () => Promise<void>;
}

const ROOMS = ['app', 'core-as', 'hosts/node'];

/** Every `*.contract.ts` of the checkout with its cases, in the order of their paths. */
export async function loadSuites(root: string): Promise<Suite[]> {
	const paths = ROOMS.flatMap((room) =>
		readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
			.filter((path) => path.endsWith('.contract.ts') && !path.includes('node_modules'))
			.map((path) => join(room, path)),
	).sort();
	return Promise.all(
		paths.map(async (path) => {
			const module = (await import(join(root, path))) as Partial<Suite>;
			if (!module.cases) throw new Error(`${path} exports no cases`);
			return { path, cases: module.cases, ...(module.close ? { close: module.close } : {}) };
		}),
	);
}
