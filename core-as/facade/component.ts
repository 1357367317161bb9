import { CoreError } from './errors.ts';

/** Compiled core modules by file name, such as `codec.core.wasm`; the host loads every `*.wasm` of build/core but `*.component.wasm`. */
export type CoreModules = Record<string, WebAssembly.Module>;

/** What jco generates with `--instantiation sync`. */
type Instantiate<Exports> = (
	getCoreModule: (path: string) => WebAssembly.Module,
	imports: Record<string, never>,
) => Exports;

/**
 * A component that is replaced when it traps: one trap poisons every later call of an instance.
 * State that lived in the old instance is gone; `traps` counts how often that happened.
 */
export class Component<Exports> {
	traps = 0;
	readonly #instantiate: () => Exports;
	#exports: Exports | undefined;

	constructor(instantiate: Instantiate<Exports>, modules: CoreModules) {
		this.#instantiate = () =>
			instantiate((path) => {
				const found = modules[path];
				if (found === undefined) throw new Error(`BUG: no core module ${path} was handed to the facade`);
				return found;
			}, {});
		this.#exports = this.#instantiate();
	}

	/**
	 * Runs `work` on the live instance. An error value of the component reaches `refuse`, which makes the error
	 * to throw; anything else is a trap: the instance is dropped and CXR_CORE_TRAP thrown.
	 */
	call<T, Refusal>(work: (exports: Exports) => T, refuse?: (payload: Refusal) => CoreError): T {
		this.#exports ??= this.#instantiate();
		try {
			return work(this.#exports);
		} catch (error) {
			if (error instanceof Error && 'payload' in error && refuse !== undefined) {
				throw refuse(error.payload as Refusal);
			}
			this.#exports = undefined;
			this.traps++;
			throw new CoreError('CXR_CORE_TRAP', { cause: error });
		}
	}
}
