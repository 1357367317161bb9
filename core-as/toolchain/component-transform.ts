import binaryen from 'assemblyscript/binaryen';
import { Transform } from 'assemblyscript/transform';

/** What the encoder calls the memory and the allocator of a core module. */
const MEMORY = 'cm32p2_memory';
const REALLOC = 'cm32p2_realloc';
const INITIALIZE = 'cm32p2_initialize';

/**
 * The AssemblyScript identifier that implements an export of the canonical ABI:
 * `cm32p2|codexray:core/l7@0.1|[method]tracker.feed` -> `l7_tracker_feed`.
 */
export function identifierOf(exportName: string): string {
	if (exportName === REALLOC) return 'cabi_realloc';
	const [, interfaceName, functionName] = exportName.split('|');
	if (interfaceName === undefined || functionName === undefined) return exportName;
	const noun = interfaceName.replace(/^.*\//, '').replace(/@.*$/, '');
	const verb = functionName
		.replace(/\[constructor\]([a-z0-9-]*)/, '$1-new')
		.replace(/\[(?:method|static)\]/, '');
	return `${noun}_${verb}`.replace(/[.-]/g, '_');
}

/** Exports that the encoder knows and a module may leave out. */
function isOptional(exportName: string): boolean {
	return exportName === INITIALIZE || exportName.endsWith('_post') || exportName.endsWith('_dtor');
}

/**
 * Gives the exports of a module the names that the component encoder expects, and drops the others.
 * AssemblyScript cannot write such names itself. A WIT function without an implementation is an error.
 */
export function componentTransform(wantedExports: readonly string[]): Transform {
	class ComponentTransform extends Transform {
		// Before optimisation, so that these exports are the roots of dead code elimination.
		afterCompile(module: binaryen.Module): void {
			const internalNames = new Map<string, string>();
			for (let i = module.getNumExports() - 1; i >= 0; i--) {
				const info = binaryen.getExportInfo(module.getExportByIndex(i));
				internalNames.set(info.name, info.value);
				module.removeExport(info.name);
			}
			const missing: string[] = [];
			for (const name of wantedExports) {
				if (name === MEMORY) {
					module.addMemoryExport('0', MEMORY);
					continue;
				}
				const internal = internalNames.get(identifierOf(name));
				if (internal !== undefined) module.addFunctionExport(internal, name);
				else if (!isOptional(name)) missing.push(`${identifierOf(name)} (for ${name})`);
			}
			if (missing.length > 0) throw new Error(`not implemented: ${missing.join(', ')}`);
		}
	}
	return new ComponentTransform();
}
