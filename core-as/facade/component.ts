import { CoreError } from './errors.ts';

/** Compiled core modules by file name, such as `codec.core.wasm`; the host loads every `*.wasm` of build/core but `*.component.wasm`. */
export type CoreModules = Record<string, WebAssembly.Module>;

/** What jco generates with `--instantiation sync`. */
type Instantiate<Exports> = (
	getCoreModule: (path: string) => WebAssembly.Module,
	imports: Record<string, never>,
	instantiateCore: (module: WebAssembly.Module, imports: WebAssembly.Imports) => WebAssembly.Instance,
) => Exports;

/** Name of a component's memory among the exports of its core module, as the canonical ABI has it. */
const MEMORY = 'cm32p2_memory';

/** Memories of this thread's instances with the names of their components; those that are gone leave at the next look. */
const memories = new Map<WeakRef<WebAssembly.Memory>, string>();

/** Sizes of the memories of this thread's components by name, in bytes; pages never touched take no memory. */
export function componentMemory(): Record<string, number> {
	const sizes: Record<string, number> = {};
	for (const [reference, name] of memories) {
		const memory = reference.deref();
		if (memory === undefined) memories.delete(reference);
		else sizes[name] = (sizes[name] ?? 0) + memory.buffer.byteLength;
	}
	return sizes;
}

/**
 * A component that is replaced when it traps: one trap poisons every later call of an instance.
 * State that lived in the old instance is gone; `traps` counts how often that happened.
 */
export class Component<Exports> {
	traps = 0;
	readonly #instantiate: () => Exports;
	#exports: Exports | undefined;

	constructor(instantiate: Instantiate<Exports>, modules: CoreModules) {
		this.#instantiate = () => {
			let component = '';
			const find = (path: string) => {
				const found = modules[path];
				if (found === undefined) throw new Error(`BUG: no core module ${path} was handed to the facade`);
				[component = ''] = path.split('.');
				return found;
			};
			return instantiate(find, {}, (module, imports) => {
				const instance = new WebAssembly.Instance(module, imports);
				const memory = instance.exports[MEMORY];
				// Further core modules of a component have no memory of their own.
				if (memory instanceof WebAssembly.Memory) memories.set(new WeakRef(memory), component);
				return instance;
			});
		};
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
