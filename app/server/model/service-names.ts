import { serviceNameOf } from '../../telemetry/service-name.ts';
import type { Application, World } from './world.ts';

/** `service.name`s under which an application's logs, spans and profiles come: those of agents, and its own for SDKs. */
export function serviceNames(application: Application): string[] {
	const names = new Set([application.identity.name]);
	for (const { containerId } of application.instances.values()) {
		names.add(containerId);
		names.add(serviceNameOf(containerId));
	}
	return [...names].sort();
}

/** Ids of applications by service name; a name of an agent counts before one that an SDK was given. */
export function applicationsByService(world: World): Map<string, string> {
	const found = new Map<string, string>();
	const applications = [...world.applications.values()].filter((each) => each.instances.size > 0);
	for (const application of applications) found.set(application.identity.name, application.id);
	for (const application of applications) {
		for (const { containerId } of application.instances.values()) {
			found.set(containerId, application.id);
			found.set(serviceNameOf(containerId), application.id);
		}
	}
	return found;
}
