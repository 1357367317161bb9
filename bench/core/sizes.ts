import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const FOLDER = new URL('../../build/core/', import.meta.url);
const PAGE = 65_536;
const MEMORY_SECTION = 5;

/** Lines of a table: what each built component weighs, and the memory at which an instance refuses to grow. */
export function componentSizes(): string[] {
	const names = readdirSync(FOLDER)
		.filter((file) => file.endsWith('.component.wasm'))
		.map((file) => file.replace('.component.wasm', ''));
	const rows = names.sort().map((name) => {
		const script = readFileSync(new URL(`${name}.js`, FOLDER));
		const core = readFileSync(new URL(`${name}.core.wasm`, FOLDER));
		const component = readFileSync(new URL(`${name}.component.wasm`, FOLDER));
		const cells = [component.length, gzipSync(component).length, core.length, script.length];
		const sizes = [...cells, gzipSync(script).length].map((bytes) =>
			bytes.toLocaleString('en').replaceAll(',', ' '),
		);
		return [name, ...sizes, `${(maximumPages(core) * PAGE) / 2 ** 20} MiB`].join(' | ');
	});
	return [
		'| component | component, bytes | gzip | core module, bytes | JavaScript, bytes | gzip | memory at most |',
		'|---|---|---|---|---|---|---|',
		...rows.map((row) => `| ${row} |`),
	];
}

/** The bound that a core module declares for its one memory. */
function maximumPages(core: Uint8Array): number {
	let at = 8;
	const number = () => {
		let [value, shift] = [0, 1];
		for (;;) {
			const byte = core[at++]!;
			value += (byte & 0x7f) * shift;
			if (byte < 0x80) return value;
			shift *= 128;
		}
	};
	while (at < core.length) {
		const section = core[at++];
		const length = number();
		if (section !== MEMORY_SECTION) {
			at += length;
			continue;
		}
		const [memories, flags] = [number(), number()];
		number();
		if (memories !== 1 || flags !== 1) throw new Error('a core module without a bound of its memory');
		return number();
	}
	throw new Error('a core module without a memory');
}
