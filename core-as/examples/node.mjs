// Prints the series of a remote-write request, as Prometheus and agents send it.
//     node node.mjs request.snappy

import { readdir, readFile } from 'node:fs/promises';
import { CoreError, createCodec, SERIES_FAULTS } from '@codexray/core';

const folder = new URL('./components/', import.meta.resolve('@codexray/core/package.json'));
const modules = {};
for (const name of await readdir(folder)) {
	if (/^codec\.core\d*\.wasm$/.test(name))
		modules[name] = await WebAssembly.compile(await readFile(new URL(name, folder)));
}
const codec = createCodec(modules);

try {
	const body = codec.snappyUncompress(await readFile(process.argv[2]), 32 * 1024 * 1024);
	const { faults, labelEnds, labelRefs, sampleEnds, timestamps, values } = codec.decodeRemoteWrite(body);
	const text = (at) => Buffer.from(body.subarray(labelRefs[at], labelRefs[at] + labelRefs[at + 1]));
	let [label, sample] = [0, 0];
	for (let series = 0; series < labelEnds.length; series++) {
		const labels = [];
		for (; label < labelEnds[series]; label++) labels.push(`${text(4 * label)}="${text(4 * label + 2)}"`);
		const fault = faults[series] ? ` # ${SERIES_FAULTS[faults[series]]}` : '';
		for (; sample < sampleEnds[series]; sample++)
			console.log(`{${labels.join(',')}} ${values[sample]} ${timestamps[sample]}${fault}`);
	}
} catch (error) {
	if (!(error instanceof CoreError)) throw error;
	// Bad input: a code of docs/errors.md, and where it is.
	console.error(`${error.code}: ${error.message}`);
	process.exit(1);
}
