import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { identifyNode } from './node-identity.ts';

const UUID = '/sys/devices/virtual/dmi/id/product_uuid';
const identify = (files: Record<string, string>) =>
	identifyNode({ read: (path) => files[path] }, () => 'aaaa-bbbb');

test('the machine id loses its dashes, the firmware id keeps them', () => {
	const node = identify({ '/etc/machine-id': 'abc-def\n', [UUID]: '4C4C-4544\n' });
	expect(node).toMatchObject({ machineId: 'abcdef', systemUuid: '4C4C-4544' });
	expect(node.labels.pairs).toEqual([
		['machine_id', 'abcdef'],
		['system_uuid', '4C4C-4544'],
	]);
	expect(node.instance).toBe(createHash('md5').update('abcdef4C4C4544').digest('hex'));
});

test('without a firmware id the machine id is the instance', () => {
	expect(identify({ '/etc/machine-id': 'abc' })).toMatchObject({
		machineId: 'abc',
		systemUuid: '',
		instance: 'abc',
	});
});

test('fallbacks, in order', () => {
	expect(identify({ '/etc/machine-id': '\n', '/var/lib/dbus/machine-id': 'dbus' }).machineId).toBe('dbus');
	expect(identify({ [UUID]: 'ab-cd' })).toMatchObject({
		machineId: 'abcd',
		systemUuid: 'ab-cd',
		instance: 'abcd',
	});
	expect(identify({})).toMatchObject({ machineId: 'aaaabbbb', systemUuid: '', instance: 'aaaabbbb' });
});
