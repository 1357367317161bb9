import type { SettingsStore } from '../settings.ts';
import type { GroupState } from './name-group.ts';
import type { LabelMatcher } from './selection.ts';

/** Where the updater keeps what it has copied: one setting a group, and one that lists them. */
export class GroupStates {
	readonly #settings: SettingsStore;
	readonly #prefix: string;
	readonly #source: string;

	/** `source` says which source was copied: the state of another one is forgotten. */
	constructor(settings: SettingsStore, project: string, source: string) {
		this.#settings = settings;
		this.#prefix = `prometheus-source/${project}`;
		this.#source = source;
	}

	/** What was saved last; damaged entries are left out, their names are found again. */
	async load(): Promise<{ groups: GroupState[]; listedAt: number | null }> {
		const list = parse(await this.#settings.get(this.#prefix)) as Partial<SavedList> | null;
		if (list?.source !== this.#source || !Array.isArray(list.ids)) return { groups: [], listedAt: null };
		const groups: GroupState[] = [];
		for (const id of list.ids) {
			const state = parse(await this.#settings.get(this.#key(id)));
			if (isGroupState(state, id)) groups.push(state);
		}
		const listedAt = typeof list.listedAt === 'number' ? list.listedAt : null;
		if (groups.length === list.ids.length) return { groups, listedAt };
		// Of a name in parts, the lost one would not be found again: it begins anew as a whole.
		return { groups: groups.filter(({ matchers }) => !matchers), listedAt: null };
	}

	async saveList(ids: number[], listedAt: number | null): Promise<void> {
		const list: SavedList = { source: this.#source, ids, listedAt };
		await this.#settings.set(this.#prefix, JSON.stringify(list));
	}

	async save(state: GroupState): Promise<void> {
		await this.#settings.set(this.#key(state.id), JSON.stringify(state));
	}

	#key(id: number): string {
		return `${this.#prefix}/${id}`;
	}
}

interface SavedList {
	source: string;
	ids: number[];
	/** When the source was asked for its names, by its clock. */
	listedAt: number | null;
}

function parse(text: string | null): unknown {
	try {
		return text === null ? null : JSON.parse(text);
	} catch {
		return null;
	}
}

function isGroupState(value: unknown, id: number): value is GroupState {
	const state = (value ?? {}) as Partial<GroupState>;
	return (
		state.id === id &&
		Array.isArray(state.names) &&
		state.names.every((name) => typeof name === 'string') &&
		(state.matchers === undefined || (Array.isArray(state.matchers) && state.matchers.every(isMatcher))) &&
		[state.upTo, state.downTo, state.windowMs].every((each) => Number.isFinite(each)) &&
		Array.isArray(state.again) &&
		state.again.every((each) => [each?.from, each?.to, each?.after].every((n) => Number.isFinite(n)))
	);
}

function isMatcher(value: unknown): value is LabelMatcher {
	const { label, matches, prefixes } = (value ?? {}) as Partial<LabelMatcher>;
	return (
		typeof label === 'string' &&
		typeof matches === 'boolean' &&
		Array.isArray(prefixes) &&
		prefixes.every((each) => typeof each === 'string')
	);
}
