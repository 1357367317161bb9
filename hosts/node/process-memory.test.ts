import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** Kibibytes of files that are resident, before and after memory is given back, in a process of its own. */
function resident(): { before: number; after: number; words: string } {
	const addon = join(import.meta.dirname, '../../build/addon/codexray.node');
	const program = `
		const { readFileSync } = require('node:fs');
		const files = () => Number(/RssFile:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
		const { memory } = require(${JSON.stringify(addon)});
		memory.keepLittle();
		const before = files();
		memory.release();
		const after = files();
		// Code that was unmapped runs again, and relocated data are whole.
		const words = JSON.stringify([new Intl.NumberFormat('en').format(1e6), new URL('http://a/b').pathname]);
		console.log(JSON.stringify({ before, after, words }));`;
	const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
	if (status !== 0) throw new Error(`ended with ${status}: ${stderr}`);
	return JSON.parse(stdout);
}

test('code that has run is given back, and comes back when it runs again', () => {
	const { before, after, words } = resident();
	expect(after).toBeLessThan(before / 2);
	expect(JSON.parse(words)).toEqual(['1,000,000', '/b']);
});
