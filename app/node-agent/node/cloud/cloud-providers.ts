/** Clouds: how their machines are recognised without asking anybody, and what their metadata services say. */

import type { CloudFacts } from './cloud-facts.ts';
import type { MetadataRequest } from './metadata-request.ts';

/** Strings of the firmware, by the name of the file in /sys/class/dmi/id; empty where there is none. */
export type Firmware = (file: string) => string;

export interface CloudProvider {
	name: string;
	recognises(firmware: Firmware): boolean;
	facts(ask: MetadataRequest): Promise<Partial<CloudFacts>>;
}

const LINK_LOCAL = 'http://169.254.169.254';

/**
 * Board and system names of Google and Microsoft are on laptops too; there more must be right, so that nothing is asked
 * for on a desktop.
 */
export const CLOUD_PROVIDERS: readonly CloudProvider[] = [
	{
		// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
		name: 'AWS',
		recognises: (firmware) => firmware('board_vendor') === 'Amazon EC2',
		async facts(ask) {
			const token = await ask(`${LINK_LOCAL}/latest/api/token`, {
				method: 'PUT',
				headers: { 'X-aws-ec2-metadata-token-ttl-seconds': '60' },
			});
			const headers = { 'X-aws-ec2-metadata-token': token };
			const { account, ...facts } = await askEach(
				(path) => ask(`${LINK_LOCAL}/latest/meta-data/${path}`, { headers }),
				{
					account: 'identity-credentials/ec2/info',
					instanceId: 'instance-id',
					instanceType: 'instance-type',
					lifeCycle: 'instance-life-cycle',
					region: 'placement/region',
					availabilityZone: 'placement/availability-zone',
					availabilityZoneId: 'placement/availability-zone-id',
					localIPv4: 'local-ipv4',
					publicIPv4: 'public-ipv4',
				},
			);
			return { ...facts, accountId: account === '' ? '' : text(JSON.parse(account).AccountId) };
		},
	},
	{
		// https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys
		name: 'GCP',
		recognises: (firmware) => firmware('product_name') === 'Google Compute Engine',
		async facts(ask) {
			const { machineType, zone, preemptible, ...facts } = await askEach(
				(path) =>
					ask(`${LINK_LOCAL}/computeMetadata/v1/${path}`, { headers: { 'Metadata-Flavor': 'Google' } }),
				{
					accountId: 'project/project-id',
					instanceId: 'instance/id',
					machineType: 'instance/machine-type',
					zone: 'instance/zone',
					preemptible: 'instance/scheduling/preemptible',
					localIPv4: 'instance/network-interfaces/0/ip',
					publicIPv4: 'instance/network-interfaces/0/access-configs/0/external-ip',
				},
			);
			// `projects/NUMBER/zones/europe-west1-b`
			const availabilityZone = zone.slice(zone.lastIndexOf('/') + 1);
			return {
				...facts,
				instanceType: machineType.slice(machineType.lastIndexOf('/') + 1),
				lifeCycle: { true: 'preemptible', false: 'on-demand' }[preemptible.toLowerCase()] ?? '',
				availabilityZone,
				region: availabilityZone.replace(/-[^-]*$/, ''),
			};
		},
	},
	{
		// https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service
		name: 'Azure',
		recognises: (firmware) =>
			firmware('board_vendor') === 'Microsoft Corporation' &&
			firmware('chassis_asset_tag') === '7783-7084-3265-9085-8269-3286-77',
		async facts(ask) {
			const url = `${LINK_LOCAL}/metadata/instance?api-version=2021-05-01&format=json`;
			const { compute, network } = JSON.parse(await ask(url, { headers: { Metadata: 'true' } }));
			const address = network?.interface?.[0]?.ipv4?.ipAddress?.[0];
			return {
				accountId: text(compute?.subscriptionId),
				instanceId: text(compute?.vmId),
				instanceType: text(compute?.vmSize),
				lifeCycle: text(compute?.priority).toLowerCase(),
				region: text(compute?.location),
				availabilityZone: text(compute?.zone),
				localIPv4: text(address?.privateIpAddress),
				publicIPv4: text(address?.publicIpAddress),
			};
		},
	},
	{
		// https://docs.digitalocean.com/reference/api/metadata/
		name: 'DigitalOcean',
		recognises: (firmware) => firmware('board_vendor') === 'DigitalOcean',
		async facts(ask) {
			const facts = await askEach((path) => ask(`${LINK_LOCAL}/metadata/v1/${path}`), {
				instanceId: 'id',
				region: 'region',
				localIPv4: 'interfaces/private/0/ipv4/address',
				publicIPv4: 'interfaces/public/0/ipv4/address',
			});
			// A region is one data centre.
			return { ...facts, availabilityZone: facts.region };
		},
	},
	{
		// https://docs.hetzner.cloud/reference/cloud#description/server-metadata
		name: 'Hetzner',
		recognises: (firmware) => firmware('sys_vendor') === 'Hetzner',
		async facts(ask) {
			const of = lines(await ask(`${LINK_LOCAL}/hetzner/v1/metadata`), ':');
			return {
				instanceId: of('instance-id'),
				region: of('region'),
				availabilityZone: of('availability-zone'),
				localIPv4: of('local-ipv4'),
				publicIPv4: of('public-ipv4'),
			};
		},
	},
	{
		// https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata
		name: 'Alibaba',
		recognises: (firmware) => firmware('sys_vendor') === 'Alibaba Cloud',
		facts: (ask) =>
			askEach((path) => ask(`http://100.100.100.200/latest/meta-data/${path}`), {
				accountId: 'owner-account-id',
				instanceId: 'instance-id',
				instanceType: 'instance/instance-type',
				region: 'region-id',
				availabilityZone: 'zone-id',
				localIPv4: 'private-ipv4',
			}),
	},
	{
		// https://www.scaleway.com/en/docs/instances/how-to/use-metadata/
		name: 'Scaleway',
		recognises: (firmware) => firmware('sys_vendor') === 'Scaleway',
		async facts(ask) {
			const of = lines(await ask('http://169.254.42.42/conf'), '=');
			return {
				instanceId: of('ID'),
				instanceType: of('COMMERCIAL_TYPE'),
				region: of('ZONE').replace(/-\d+$/, ''),
				availabilityZone: of('ZONE'),
			};
		},
	},
	{
		// https://cloud.ibm.com/docs/vpc?topic=vpc-imd-about
		name: 'IBM',
		recognises: (firmware) => firmware('chassis_vendor').startsWith('IBM:Cloud Compute Server'),
		async facts(ask) {
			const at = (scheme: string) => async () => {
				const url = (path: string) => `${scheme}://api.metadata.cloud.ibm.com/${path}?version=2025-04-22`;
				const headers = { 'Metadata-Flavor': 'ibm' };
				const token = JSON.parse(await ask(url('instance_identity/v1/token'), { method: 'PUT', headers }));
				const authorization = { Authorization: `Bearer ${text(token.access_token)}` };
				return JSON.parse(await ask(url('metadata/v1/instance'), { headers: authorization }));
			};
			// Which of the two answers is a setting of the machine.
			const { id, profile, zone } = await at('http')().catch(at('https'));
			return {
				instanceId: text(id),
				instanceType: text(profile?.name),
				region: text(zone?.name).replace(/-\d+$/, ''),
				availabilityZone: text(zone?.name),
			};
		},
	},
	{
		// https://docs.oracle.com/iaas/Content/Compute/Tasks/gettingmetadata.htm
		name: 'Oracle',
		recognises: (firmware) => firmware('chassis_asset_tag') === 'OracleCloud.com',
		async facts(ask) {
			const headers = { Authorization: 'Bearer Oracle' };
			const said = JSON.parse(await ask(`${LINK_LOCAL}/opc/v2/instance/`, { headers }));
			const region = text(said.canonicalRegionName);
			const domain = /-AD-(\d+)$/.exec(text(said.availabilityDomain))?.[1];
			return {
				instanceId: text(said.id),
				instanceType: text(said.shape),
				region,
				availabilityZone: domain === undefined ? '' : `${region}-ad-${domain}`,
			};
		},
	},
];

/** One question for each fact; what is not answered is empty, but none answered is an error. */
async function askEach<Name extends string>(
	ask: (path: string) => Promise<string>,
	paths: Record<Name, string>,
): Promise<Record<Name, string>> {
	const names = Object.keys(paths) as Name[];
	const answers = await Promise.allSettled(names.map((name) => ask(paths[name])));
	const first = answers[0]!;
	if (first.status === 'rejected' && answers.every(({ status }) => status === 'rejected')) throw first.reason;
	const facts = names.map((name, i) => {
		const answer = answers[i]!;
		return [name, answer.status === 'fulfilled' ? answer.value.trim() : ''];
	});
	return Object.fromEntries(facts) as Record<Name, string>;
}

/** A text of lines `key: value`, nested ones left alone. */
function lines(answer: string, mark: string): (key: string) => string {
	const values = new Map<string, string>();
	for (const line of answer.split('\n')) {
		const end = line.indexOf(mark);
		if (end > 0)
			values.set(
				line.slice(0, end),
				line
					.slice(end + 1)
					.trim()
					.replace(/^(["'])(.*)\1$/, '$2'),
			);
	}
	return (key) => values.get(key) ?? '';
}

/** Services of others may leave out anything. */
function text(value: unknown): string {
	return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
