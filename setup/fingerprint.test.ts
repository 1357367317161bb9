import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fingerprint, forget, isCurrent, markCurrent } from './fingerprint.mjs';

let root: string;
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), 'codexray-fingerprint-'));
	mkdirSync(join(root, 'in/deep'), { recursive: true });
	writeFileSync(join(root, 'in/a.ts'), 'a');
	writeFileSync(join(root, 'in/deep/b.ts'), 'b');
	writeFileSync(join(root, 'out'), '');
});
afterEach(() => rmSync(root, { recursive: true }));

const now = () => fingerprint(root, ['in', 'not-there'], ['word']);

test('changes with a byte, a name and a word, and with nothing else', () => {
	const before = now();
	expect(now()).toBe(before);
	writeFileSync(join(root, 'in/deep/b.ts'), 'c');
	expect(now()).not.toBe(before);
	writeFileSync(join(root, 'in/deep/b.ts'), 'b');
	expect(now()).toBe(before);
	writeFileSync(join(root, 'in/a.test.ts'), 'a test builds nothing');
	expect(now()).toBe(before);
	expect(fingerprint(root, ['in', 'not-there'], ['other'])).not.toBe(before);
});

test('a step is current only with its fingerprint and its outputs', () => {
	const print = now();
	expect(isCurrent(root, 'step', print, ['out'])).toBe(false);
	markCurrent(root, 'step', print);
	expect(isCurrent(root, 'step', print, ['out'])).toBe(true);
	expect(isCurrent(root, 'step', print, ['out', 'gone'])).toBe(false);
	expect(isCurrent(root, 'step', 'other', ['out'])).toBe(false);
	forget(root, 'step');
	expect(isCurrent(root, 'step', print, ['out'])).toBe(false);
});
