import { createCodec } from '@codexray/core/facade/codec.js';
import { createProfileFold } from '@codexray/core/facade/profiles.js';

/** Bounds: one profile, uncompressed, as the codec takes it, and the profiles of one side. */
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_PROFILES = 256;
/** So many kinds of values has a fold; those of a profile beyond it are left out. */
const MOST_KINDS = 8;

/** Profiles of now, and of a base to compare them with, each side folded into one. */
export class Profiles {
	#modules;
	#codec;
	#fold;
	#sides = { now: [], base: [] };
	/** Kinds of values, `{ type, unit }`, of the first profile; the others must have them too. */
	types = [];

	constructor(modules) {
		this.#modules = modules;
		this.#codec = createCodec(modules);
	}

	/** `folder`: where the components of the package are, with a slash at the end. */
	static async open(folder) {
		const modules = {};
		for (const name of ['codec.core.wasm', 'profiles.core.wasm']) {
			const answer = await fetch(new URL(name, folder));
			if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
			modules[name] = await WebAssembly.compile(await answer.arrayBuffer());
		}
		return new Profiles(modules);
	}

	/** Whether there is something to compare with. */
	get compares() {
		return this.#sides.base.length > 0;
	}

	/** Replaces the profiles of a side, `now` or `base`, by these files. Nothing changes where one of them is refused. */
	async replace(side, files) {
		if (files.length > MOST_PROFILES) throw new Error(`${files.length} files, at most ${MOST_PROFILES}`);
		const profiles = [];
		for (const file of files) {
			try {
				profiles.push(this.#codec.decodePprofColumns(await uncompressed(file)));
			} catch (error) {
				throw new Error(`${file.name}: ${error.message}`, { cause: error });
			}
		}
		const sides = { ...this.#sides, [side]: profiles };
		const types = [...sides.now, ...sides.base].map((profile) => profile.types.slice(0, MOST_KINDS));
		const words = types.map((each) => each.map(({ type, unit }) => `${type} (${unit})`).join(', '));
		const other = words.find((each) => each !== words[0]);
		if (other !== undefined)
			throw new Error(`These profiles do not measure the same: ${words[0]}, and ${other}.`);
		// A new one, as it may be full before all are in it.
		const fold = createProfileFold(this.#modules);
		fold.clear(types[0].length);
		for (const profile of sides.now) fold.add(firstKinds(profile));
		for (const profile of sides.base) fold.add(firstKinds(profile), 1, true);
		this.#fold = fold;
		this.#sides = sides;
		this.types = types[0];
	}

	/** At most 2^16 nodes, with `text`, the strings by number. */
	flame(kind) {
		return withText(this.#fold.flame(65_536, kind));
	}

	/** The 200 heaviest functions; `by` is `flat` or `cumulative`. */
	top(kind, by) {
		return withText(this.#fold.top(200, kind, by));
	}

	/** pprof, compressed: of all kinds, or with a base of one kind, as it is now and in the base. */
	async pprof(kind) {
		const { now, base } = this.#sides;
		const [first = base[0]] = now;
		const head = { timeNanos: first.timeNanos, durationNanos: first.durationNanos, types: this.types };
		if (base.length === 0) return compressed(this.#fold.pprof(head));
		const both = createProfileFold(this.#modules);
		both.clear(2);
		for (const profile of now) both.add(ofOneKind(profile, kind, 0));
		for (const profile of base) both.add(ofOneKind(profile, kind, 1));
		const { type, unit } = this.types[kind];
		return compressed(
			both.pprof({
				...head,
				types: [
					{ type, unit },
					{ type: `base_${type}`, unit },
				],
			}),
		);
	}
}

function firstKinds(profile) {
	return { ...profile, values: profile.values.subarray(0, MOST_KINDS * profile.stackEnds.length) };
}

/** The values of one kind as kind `place` of two. */
function ofOneKind(profile, kind, place) {
	const stacks = profile.stackEnds.length;
	const values = new Float64Array(2 * stacks);
	values.set(profile.values.subarray(kind * stacks, (kind + 1) * stacks), place * stacks);
	return { ...profile, values };
}

function withText(columns) {
	const { bytes, ends } = columns.strings;
	const decoder = new TextDecoder();
	const text = Array.from(ends, (end, i) => decoder.decode(bytes.subarray(i === 0 ? 0 : ends[i - 1], end)));
	return { ...columns, text };
}

/** The bytes of a file, unpacked where it is gzip. */
async function uncompressed(file) {
	const start = new Uint8Array(await file.slice(0, 2).arrayBuffer());
	const gzip = start[0] === 0x1f && start[1] === 0x8b;
	const stream = gzip ? file.stream().pipeThrough(new DecompressionStream('gzip')) : file.stream();
	const reader = stream.getReader();
	const parts = [];
	let length = 0;
	for (let part = await reader.read(); !part.done; part = await reader.read()) {
		length += part.value.length;
		if (length > MOST_BYTES) throw new Error(`more than ${MOST_BYTES >> 20} MiB`);
		parts.push(part.value);
	}
	return new Uint8Array(await new Blob(parts).arrayBuffer());
}

function compressed(bytes) {
	return new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'))).blob();
}
