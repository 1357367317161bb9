import { describe, expect, test } from 'vitest';
import { builtModules } from '../testing/modules.ts';
import { OUTBOUND, RecordWriter } from '../testing/record-writer.ts';
import { createCodec } from './codec.ts';
import { Component } from './component.ts';
import { CoreError } from './errors.ts';
import { createTracker } from './tracker.ts';

/** A component whose instances count their calls and fail on demand. */
function fake() {
	let made = 0;
	return new Component(() => {
		made++;
		let calls = 0;
		return {
			call: () => `${made}.${++calls}`,
			trap() {
				throw new WebAssembly.RuntimeError('unreachable');
			},
			refuse() {
				throw Object.assign(new Error('refused'), { payload: 'cut' });
			},
		};
	}, {});
}

describe('a component', () => {
	test('is replaced after a trap, which is counted', () => {
		const component = fake();
		expect(component.call((it) => it.call())).toBe('1.1');
		expect(() => component.call((it) => it.trap())).toThrow(CoreError);
		expect(component.traps).toBe(1);
		expect(component.call((it) => it.call())).toBe('2.1');
	});

	test('lives on after an error value', () => {
		const component = fake();
		const refuse = (why: string) => new CoreError('CXR_CORE_SNAPPY_CUT', { hex: why });
		expect(() => component.call((it) => it.refuse(), refuse)).toThrow(/\(cut\)/);
		expect(component.traps).toBe(0);
		expect(component.call((it) => it.call())).toBe('1.1');
	});

	test('says which module is missing', () => {
		expect(() => createCodec({})).toThrow(/BUG: no core module codec\.core\.wasm/);
	});
});

describe('a real trap', () => {
	/** The modules, with every memory limited so far that the next growth fails. */
	async function starved(name: string, pages: number) {
		const modules = await builtModules();
		const { readFile } = await import('node:fs/promises');
		const bytes = new Uint8Array(await readFile(new URL(`../../build/core/${name}`, import.meta.url)));
		modules[name] = new WebAssembly.Module(withMaximum(bytes, pages));
		return modules;
	}

	test('costs a codec one call', async () => {
		const codec = createCodec(await starved('codec.core.wasm', 16));
		const large = new Uint8Array(4 << 20);
		expect(() => codec.snappyCompress(large)).toThrow(/CXR|replaced/);
		expect(codec.traps).toBe(1);
		expect(codec.snappyCompress(new Uint8Array(1))).toEqual(new Uint8Array([1, 0, 0]));
	});

	test('costs a tracker its connections, not its counters', async () => {
		const l7 = createTracker(await starved('l7.core.wasm', 32), { maxConnections: 100, maxRows: 100 });
		const records = new RecordWriter();
		l7.feed(records.connection({ cookie: 1, role: OUTBOUND }).take());
		expect(l7.counters()).toMatchObject({ records: 1, connections: 1, traps: 0 });
		expect(() => l7.feed(new Uint8Array(4 << 20))).toThrow(CoreError);
		expect(l7.counters()).toMatchObject({ records: 1, connections: 0, traps: 1 });
		l7.feed(records.connection({ cookie: 2, role: OUTBOUND }).take());
		expect(l7.counters()).toMatchObject({ records: 2, connections: 1, traps: 1 });
	});
});

/** Rewrites the memory section: its limits become [initial, pages]. */
function withMaximum(bytes: Uint8Array, pages: number): Uint8Array<ArrayBuffer> {
	const out: number[] = [...bytes.subarray(0, 8)];
	for (let at = 8; at < bytes.length; ) {
		const start = at;
		const id = bytes[at++];
		let size = 0;
		for (let shift = 0; ; shift += 7) {
			const byte = bytes[at++]!;
			size |= (byte & 0x7f) << shift;
			if (byte < 0x80) break;
		}
		// One memory, limits with a maximum, an initial size of one byte.
		if (id === 5) out.push(5, 4, 1, 1, bytes[at + 2]!, pages);
		else out.push(...bytes.subarray(start, at + size));
		at += size;
	}
	return Uint8Array.from(out);
}
