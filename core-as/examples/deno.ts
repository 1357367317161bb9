// Counts the messages of a log file by level, and those from warning up by pattern.
//     deno run --allow-read deno.ts app.log

import { type CoreModules, createLogParser, LOG_LEVELS } from '@codexray/core';

const folder = new URL('./components/', import.meta.resolve('@codexray/core/package.json'));
const modules: CoreModules = {};
for await (const { name } of Deno.readDir(folder)) {
	if (/^logs\.core\d*\.wasm$/.test(name))
		modules[name] = await WebAssembly.compile(await Deno.readFile(new URL(name, folder)));
}

const log = createLogParser(modules).open('plain', 100, 0);
using file = await Deno.open(Deno.args[0]!);
// Cut anywhere: the source keeps what is not yet a whole message.
for await (const bytes of file.readable) log.feed(bytes, BigInt(Date.now()) * 1_000_000n, false);
log.feed(new Uint8Array(), BigInt(Date.now()) * 1_000_000n, true);

const { levels, messages, samples } = log.counts();
for (const [i, level] of levels.entries()) {
	const sample = samples[i]!.split('\n')[0];
	console.log(`${messages[i]} ${LOG_LEVELS[level]}${sample ? `  ${sample}` : ''}`);
}
log.close();
