/** What a frame belongs to, by how the agent writes its name and file. */
export type Origin = 'app' | 'lib' | 'runtime' | 'kernel' | 'unnamed';

/** In the order of a legend. */
export const ORIGINS: readonly (readonly [Origin, string])[] = [
	['app', 'application'],
	['lib', 'libraries'],
	['runtime', 'runtime'],
	['kernel', 'kernel'],
	['unnamed', 'without a name'],
];

const RUNTIME =
	/^(node:|internal\/|v8::|node::|uv_|runtime\.|Builtin:|RegExp:|Builtins_|std::|java\/|_PyEval)/;
const LIBRARY = /(^|\/)(lib[\w.+-]*\.so|node_modules\/|site-packages\/)|\/usr\/lib\//;
const UNNAMED = /^\[(anon|unknown|JIT|stack|heap)\b[^\]]*\]|(^|\+)0x[0-9a-f]+$/i;

/** A place in a file, or code of no file: nothing that a person wrote. */
export const isUnnamed = (name: string): boolean => name === '' || UNNAMED.test(name);

export function originOf(name: string, file: string): Origin {
	if (/^\[(kernel|k)\b|\.ko$|vmlinux/.test(file) || name.startsWith('[k]')) return 'kernel';
	if (isUnnamed(name)) return 'unnamed';
	if (RUNTIME.test(name) || RUNTIME.test(file)) return 'runtime';
	return LIBRARY.test(file) ? 'lib' : 'app';
}
