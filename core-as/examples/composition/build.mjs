// Makes a component of ratio.js, and JavaScript of it in which its import is our component.
//     node build.mjs && node -e "import('./built/ratio.js').then(({ ratio }) => console.log(ratio('ha'.repeat(99))))"

import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { componentize } from '@bytecodealliance/componentize-js';
import { transpile } from '@bytecodealliance/jco';

await mkdir('built/wit/deps', { recursive: true });
await cp('ratio.wit', 'built/wit/ratio.wit');
const contract = new URL('./wit/', import.meta.resolve('@codexray/core/package.json'));
await cp(contract, 'built/wit/deps/codexray-core', { recursive: true });

const { component } = await componentize(await readFile('ratio.js', 'utf8'), {
	witPath: 'built/wit',
	worldName: 'ratio',
	// It asks nothing of the system, so it imports nothing but our interface.
	disableFeatures: ['random', 'stdio', 'clocks', 'http', 'fetch-event'],
});
await writeFile('built/ratio.component.wasm', component);

// `#*`: each interface is the export of that name.
const { files } = await transpile(component, { name: 'ratio', map: ['codexray:core/*=../codec.js#*'] });
for (const [path, bytes] of Object.entries(files)) {
	await mkdir(dirname(join('built', path)), { recursive: true });
	await writeFile(join('built', path), bytes);
}
