import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The WIT package of a folder as one text: its files in name order with a single `package` line in front.
 * One text avoids the file system inside jco's own WebAssembly tools.
 */
export async function readWitPackage(folder: string): Promise<string> {
	const names = (await readdir(folder)).filter((name) => name.endsWith('.wit')).sort();
	let packageLine = '';
	const parts: string[] = [];
	for (const name of names) {
		const text = await readFile(join(folder, name), 'utf8');
		parts.push(
			text.replace(/^package\s+[^;]+;[ \t]*$/m, (line) => {
				if (packageLine !== '' && packageLine !== line) {
					throw new Error(`${join(folder, name)}: ${line} differs from ${packageLine}`);
				}
				packageLine = line;
				return '';
			}),
		);
	}
	if (packageLine === '') throw new Error(`${folder}: no file names the WIT package`);
	return `${packageLine}\n${parts.join('\n')}`;
}
