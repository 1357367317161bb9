/** Which cloud the node is in, and what it says: once, at the start. */

import type { HostFiles } from '../host-files.ts';
import { type CloudFacts, NO_CLOUD } from './cloud-facts.ts';
import { CLOUD_PROVIDERS, type CloudProvider } from './cloud-providers.ts';
import type { MetadataRequest } from './metadata-request.ts';

export type CloudOverrides = Partial<
	Pick<CloudFacts, 'provider' | 'region' | 'availabilityZone' | 'instanceType' | 'lifeCycle'>
>;

export interface FoundCloud {
	facts: CloudFacts;
	/** Set when the cloud is known but did not answer. */
	error?: unknown;
}

/** Nothing is asked for where the firmware is not that of a cloud. What somebody set wins over what the cloud says. */
export async function findCloud(
	host: HostFiles,
	ask: MetadataRequest,
	overrides: CloudOverrides,
): Promise<FoundCloud> {
	const provider = recogniseCloud(host);
	const facts = { ...NO_CLOUD, provider: provider?.name ?? '' };
	try {
		return { facts: { ...facts, ...(await provider?.facts(ask)), ...overrides } };
	} catch (error) {
		return { facts: { ...facts, ...overrides }, error };
	}
}

function recogniseCloud(host: HostFiles): CloudProvider | undefined {
	// Older machines of AWS have no firmware that speaks.
	if (host.read('/sys/hypervisor/uuid')?.toLowerCase().startsWith('ec2'))
		return CLOUD_PROVIDERS.find(({ name }) => name === 'AWS');
	const strings = new Map<string, string>();
	return CLOUD_PROVIDERS.find((provider) =>
		provider.recognises((file) => {
			const known = strings.get(file) ?? host.read(`/sys/class/dmi/id/${file}`)?.trim() ?? '';
			strings.set(file, known);
			return known;
		}),
	);
}
