/** Letters that Kubernetes makes random suffixes of: https://pkg.go.dev/k8s.io/apimachinery/pkg/util/rand */
const SAFE = '[bcdfghjklmnpqrstvwxz2456789]{5}';

/** Deployment, daemon set, stateful set: what is added to the name of the workload for its pods. */
const POD_SUFFIXES = [`-[0-9a-f]{1,10}-${SAFE}`, `-${SAFE}`, '-\\d+'].map(
	(suffix) => new RegExp(`^(/k8s/[^/]+/[^/]+)${suffix}(?:/|$)`),
);

/**
 * The `service.name` that agents give to the logs, spans and profiles of a container: its id, and for pods of a
 * Kubernetes workload the path of that workload, `/k8s/NAMESPACE/NAME`.
 */
export function serviceNameOf(containerId: string): string {
	if (!containerId.startsWith('/k8s/')) return containerId;
	for (const suffix of POD_SUFFIXES) {
		const found = suffix.exec(containerId);
		if (found) return found[1]!;
	}
	return containerId;
}
