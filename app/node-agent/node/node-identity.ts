/** Who the node is: the constant labels of everything that it reports. */

import { createHash } from 'node:crypto';
import { Labels } from '../../exposition/labels.ts';
import type { HostFiles } from './host-files.ts';

export interface NodeIdentity {
	machineId: string;
	/** Empty when the firmware does not say. */
	systemUuid: string;
	/** Label `instance` of what is sent by remote write. */
	instance: string;
	/** `machine_id` and `system_uuid`. */
	labels: Labels;
}

const PRODUCT_UUID = '/sys/devices/virtual/dmi/id/product_uuid';
const MACHINE_ID_FILES = ['/etc/machine-id', '/var/lib/dbus/machine-id', PRODUCT_UUID];

/**
 * @param persistedId an id of our own that survives restarts, made when nothing else names the machine
 */
export function identifyNode(host: HostFiles, persistedId: () => string): NodeIdentity {
	const read = (path: string) => host.read(path)?.trim() ?? '';
	const found = MACHINE_ID_FILES.map((path) => read(path).replaceAll('-', '')).find((id) => id !== '');
	const machineId = found ?? persistedId().replaceAll('-', '');
	const systemUuid = read(PRODUCT_UUID);
	const labels = new Labels([
		['machine_id', machineId],
		['system_uuid', systemUuid],
	]);
	return { machineId, systemUuid, instance: instanceOf(machineId, systemUuid), labels };
}

/** Cloned machines share a machine id; where the firmware knows better, both make the instance. */
function instanceOf(machineId: string, systemUuid: string): string {
	const uuid = systemUuid.replaceAll('-', '');
	if (uuid === '' || uuid === machineId) return machineId;
	return createHash('md5')
		.update(machineId + uuid)
		.digest('hex');
}
