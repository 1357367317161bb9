import { readFile } from 'node:fs/promises';
import type { CoreModules } from '../facade/component.ts';
import { type CaseValue, camelCase, fromHost, toHost } from './case-value.ts';

/** The components that have a case file, which is all of them. */
export const COMPONENTS = ['codec', 'store', 'profiles', 'l7', 'logs'] as const;
export type ComponentName = (typeof COMPONENTS)[number];

export interface CaseCall {
	function: string;
	arguments: CaseValue[];
	/** What the call gives, null for nothing; absent with `error`, or while it is not filled in. */
	result?: CaseValue | null;
	error?: CaseValue;
}

export interface ComponentCase {
	name: string;
	interface: string;
	calls: CaseCall[];
}

export async function readCases(component: ComponentName): Promise<ComponentCase[]> {
	const { cases } = JSON.parse(await readFile(new URL(`${component}.json`, import.meta.url), 'utf8'));
	return cases;
}

type Callable = (...values: unknown[]) => unknown;
type Bindings = Record<string, Record<string, Callable & (new (...values: unknown[]) => unknown)>>;

/** One instance of a component; makes the calls of one case. */
export class CaseRun {
	readonly #interface: Bindings[string];
	#resource: Record<string, Callable> | undefined;

	private constructor(bindings: Bindings, name: string) {
		const found = bindings[camelCase(name)];
		if (found === undefined) throw new Error(`the component has no interface ${name}`);
		this.#interface = found;
	}

	static async start(component: ComponentName, modules: CoreModules, name: string): Promise<CaseRun> {
		const { instantiate } = await import(new URL(`../../build/core/${component}.js`, import.meta.url).href);
		return new CaseRun(
			instantiate((path: string) => modules[path], {}),
			name,
		);
	}

	/** What the component answers, in the form of the case file. A trap is thrown as it comes. */
	answer(call: CaseCall): Pick<CaseCall, 'result' | 'error'> {
		try {
			const value = this.#call(call);
			return { result: value === undefined ? null : fromHost(value, call.result ?? undefined) };
		} catch (error) {
			if (!(error instanceof Error && 'payload' in error)) throw error;
			return { error: fromHost(error.payload, call.error) };
		}
	}

	#call(call: CaseCall): unknown {
		const values = call.arguments.map(toHost);
		const [, kind, resource, method] = /^\[(constructor|method)\]([^.]+)\.?(.*)$/.exec(call.function) ?? [];
		if (kind === undefined) return this.#interface[camelCase(call.function)]!(...values);
		if (kind === 'constructor') {
			const name = camelCase(`-${resource}`);
			this.#resource = new this.#interface[name]!(...values) as Record<string, Callable>;
			return undefined;
		}
		if (this.#resource === undefined) throw new Error(`${call.function}: the case made no ${resource}`);
		return this.#resource[camelCase(method!)]!(...values);
	}
}
