import { afterEach, beforeEach, expect, test } from 'vitest';
import { ownCommand, rememberCommand } from './own-command.ts';

const before = process.env.CODEXRAY_COMMAND;
beforeEach(() => {
	delete process.env.CODEXRAY_COMMAND;
});
afterEach(() => {
	if (before === undefined) delete process.env.CODEXRAY_COMMAND;
	else process.env.CODEXRAY_COMMAND = before;
});

const entry = /^\S*node \S+\/hosts\/node\/commands\/codexray\.ts /;

test('is what was typed, quoted where it must be', () => {
	rememberCommand(['up', '--data', '/my data', "it's"]);
	expect(ownCommand()).toMatch(entry);
	expect(ownCommand().replace(entry, '')).toBe(`up --data '/my data' 'it'\\''s'`);
});

test('a program that is started by another one says the first', () => {
	rememberCommand(['up']);
	rememberCommand(['node-agent', '--listen', 'x']);
	expect(ownCommand().replace(entry, '')).toBe('up');
	expect(ownCommand('doctor').replace(entry, '')).toBe('doctor');
});

test('keeps secrets to itself', () => {
	rememberCommand(['node-agent', '--api-key', 's3cret', '--api-key=s3cret', '--x=http://u:s3cret@host:1/']);
	expect(ownCommand()).not.toContain('s3cret');
	expect(ownCommand().replace(entry, '')).toBe(
		'node-agent --api-key KEY --api-key=KEY --x=http://USER:PASSWORD@host:1/',
	);
});
