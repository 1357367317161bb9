/**
 * A service name as it stands where there is little room: the agent names services by container id, of which the end
 * says most. `/k8s/payments/ledger-7c9d/main` is `ledger-7c9d/main`, `/docker/api` is `api`; any other stays as it is.
 */
export function shortService(service: string): string {
	const parts = service.split('/');
	if (parts[0] !== '' || parts.length < 3) return service;
	const rest = parts.slice(parts[1] === 'k8s' && parts.length > 4 ? 3 : 2).join('/');
	return rest || service;
}
