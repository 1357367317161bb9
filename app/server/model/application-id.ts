/** `cluster:namespace:Kind:name`, `_` for what is empty. */
export interface ApplicationIdentity {
	cluster: string;
	namespace: string;
	kind: string;
	name: string;
}

export function applicationId(i: ApplicationIdentity): string {
	return `${i.cluster || '_'}:${i.namespace || '_'}:${i.kind}:${i.name}`;
}

/** What is called, and answers from outside of everything observed. */
export function externalService(name: string): ApplicationIdentity {
	return { cluster: 'external', namespace: 'external', kind: 'ExternalService', name };
}

/** Which application and instance a container belongs to, by its id alone. `node` names the node. */
export function identifyContainer(
	containerId: string,
	cluster: string,
	node: string,
): { application: ApplicationIdentity; instance: string } {
	const parts = containerId.split('/').filter((p) => p !== '');
	const of = (namespace: string, kind: string, name: string, instance: string) => ({
		application: { cluster, namespace: namespace === '_' ? '' : namespace, kind, name },
		instance,
	});
	const [type, a, b, c, d] = parts;
	if (type === 'k8s' && a && b) return of(a, 'Pod', b, b);
	if (type === 'k8s-cronjob' && a && b) return of(a, 'CronJob', b, `${b}@${node}`);
	if (type === 'nomad' && a && b && c && d) return of(a, 'NomadJobGroup', `${b}.${c}`, `${c}-${d}`);
	if (type === 'swarm' && a && b) return of(a, 'DockerSwarmService', b, `${b}.${c ?? ''}`);
	const name = (parts.at(-1) ?? containerId).replace(/\.(service|slice)$/, '');
	return of('', 'Unknown', name, `${name}@${node}`);
}
