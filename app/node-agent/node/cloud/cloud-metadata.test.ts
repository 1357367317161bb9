import { describe, expect, test } from 'vitest';
import { NO_CLOUD } from './cloud-facts.ts';
import { findCloud } from './cloud-metadata.ts';
import type { MetadataRequest } from './metadata-request.ts';

const LOCAL = 'http://169.254.169.254';

/** A machine with such firmware, whose metadata service answers these questions: `METHOD url header=value`. */
function machine(firmware: Record<string, string>, answers: Record<string, string> = {}) {
	const asked: string[] = [];
	const ask: MetadataRequest = async (url, { method = 'GET', headers = {} } = {}) => {
		const all = Object.entries(headers).map((header) => header.join('='));
		const question = [method, url, ...all].join(' ');
		asked.push(question);
		const answer = answers[question];
		if (answer === undefined) throw new Error(`no answer: ${question}`);
		return answer;
	};
	const host = {
		read: (path: string) => firmware[path] ?? firmware[path.replace('/sys/class/dmi/id/', '')],
	};
	return { asked, find: (overrides = {}) => findCloud(host, ask, overrides) };
}

const aws = (path: string) => `GET ${LOCAL}/latest/meta-data/${path} X-aws-ec2-metadata-token=t0ken`;
const AWS_ANSWERS = {
	[`PUT ${LOCAL}/latest/api/token X-aws-ec2-metadata-token-ttl-seconds=60`]: 't0ken',
	[aws('instance-id')]: 'i-1',
	[aws('instance-type')]: 'm5.large',
	[aws('instance-life-cycle')]: 'spot',
	[aws('placement/region')]: 'eu-west-1',
	[aws('placement/availability-zone')]: 'eu-west-1a',
	[aws('placement/availability-zone-id')]: 'euw1-az1',
	[aws('local-ipv4')]: '10.0.0.5',
	[aws('identity-credentials/ec2/info')]: '{"Code":"Success","AccountId":"123"}',
};
const AWS = {
	provider: 'AWS',
	accountId: '123',
	instanceId: 'i-1',
	instanceType: 'm5.large',
	lifeCycle: 'spot',
	region: 'eu-west-1',
	availabilityZone: 'eu-west-1a',
	availabilityZoneId: 'euw1-az1',
	localIPv4: '10.0.0.5',
	publicIPv4: '',
};

const gcp = (path: string) => `GET ${LOCAL}/computeMetadata/v1/${path} Metadata-Flavor=Google`;
const HETZNER = `hostname: web
instance-id: 42
local-ipv4: ''
public-ipv4: 192.0.2.7
availability-zone: fsn1-dc14
network-config:
  config:
    - region: wrong
region: eu-central
`;
const IBM = 'https://api.metadata.cloud.ibm.com';
const VERSION = '?version=2025-04-22';

const CLOUDS: [string, Record<string, string>, Record<string, string>, Partial<typeof NO_CLOUD>][] = [
	['AWS', { board_vendor: 'Amazon EC2\n' }, AWS_ANSWERS, AWS],
	['AWS without firmware', { '/sys/hypervisor/uuid': 'EC2abc\n' }, AWS_ANSWERS, AWS],
	[
		'GCP',
		{ board_vendor: 'Google\n', product_name: 'Google Compute Engine\n' },
		{
			[gcp('project/project-id')]: 'shop',
			[gcp('instance/id')]: '77',
			[gcp('instance/machine-type')]: 'projects/1/machineTypes/e2-small',
			[gcp('instance/zone')]: 'projects/1/zones/europe-west1-b',
			[gcp('instance/scheduling/preemptible')]: 'FALSE',
			[gcp('instance/network-interfaces/0/ip')]: '10.132.0.2',
		},
		{
			...{ provider: 'GCP', accountId: 'shop', instanceId: '77', instanceType: 'e2-small' },
			...{ lifeCycle: 'on-demand', region: 'europe-west1', availabilityZone: 'europe-west1-b' },
			localIPv4: '10.132.0.2',
		},
	],
	[
		'Azure',
		{ board_vendor: 'Microsoft Corporation', chassis_asset_tag: '7783-7084-3265-9085-8269-3286-77' },
		{
			[`GET ${LOCAL}/metadata/instance?api-version=2021-05-01&format=json Metadata=true`]: JSON.stringify({
				compute: {
					...{ location: 'westeurope', vmId: 'v', vmSize: 'Standard_B2s', zone: '2' },
					...{ subscriptionId: 's', priority: 'Spot' },
				},
				network: {
					interface: [
						{ ipv4: { ipAddress: [{ privateIpAddress: '10.0.0.4', publicIpAddress: '192.0.2.1' }] } },
					],
				},
			}),
		},
		{
			...{ provider: 'Azure', accountId: 's', instanceId: 'v', instanceType: 'Standard_B2s' },
			...{ lifeCycle: 'spot', region: 'westeurope', availabilityZone: '2' },
			...{ localIPv4: '10.0.0.4', publicIPv4: '192.0.2.1' },
		},
	],
	[
		'DigitalOcean',
		{ board_vendor: 'DigitalOcean' },
		{
			[`GET ${LOCAL}/metadata/v1/id`]: '5',
			[`GET ${LOCAL}/metadata/v1/region`]: 'fra1',
			[`GET ${LOCAL}/metadata/v1/interfaces/public/0/ipv4/address`]: '192.0.2.5',
		},
		{
			...{ provider: 'DigitalOcean', instanceId: '5', region: 'fra1', availabilityZone: 'fra1' },
			publicIPv4: '192.0.2.5',
		},
	],
	[
		'Hetzner',
		{ sys_vendor: 'Hetzner' },
		{ [`GET ${LOCAL}/hetzner/v1/metadata`]: HETZNER },
		{
			...{ provider: 'Hetzner', instanceId: '42', region: 'eu-central', availabilityZone: 'fsn1-dc14' },
			publicIPv4: '192.0.2.7',
		},
	],
	[
		'Alibaba',
		{ sys_vendor: 'Alibaba Cloud' },
		{
			'GET http://100.100.100.200/latest/meta-data/instance-id': 'i-a',
			'GET http://100.100.100.200/latest/meta-data/instance/instance-type': 'ecs.g6',
			'GET http://100.100.100.200/latest/meta-data/region-id': 'eu-central-1',
			'GET http://100.100.100.200/latest/meta-data/zone-id': 'eu-central-1a',
			'GET http://100.100.100.200/latest/meta-data/owner-account-id': '9',
		},
		{
			...{ provider: 'Alibaba', accountId: '9', instanceId: 'i-a', instanceType: 'ecs.g6' },
			...{ region: 'eu-central-1', availabilityZone: 'eu-central-1a' },
		},
	],
	[
		'Scaleway',
		{ sys_vendor: 'Scaleway' },
		{ 'GET http://169.254.42.42/conf': 'ID=11\nCOMMERCIAL_TYPE=DEV1-S\nZONE=fr-par-1\nTAGS=0\n' },
		{
			...{ provider: 'Scaleway', instanceId: '11', instanceType: 'DEV1-S' },
			...{ region: 'fr-par', availabilityZone: 'fr-par-1' },
		},
	],
	[
		'IBM, over https',
		{ chassis_vendor: 'IBM:Cloud Compute Server 1.0' },
		{
			[`PUT ${IBM}/instance_identity/v1/token${VERSION} Metadata-Flavor=ibm`]: '{"access_token":"abc"}',
			[`GET ${IBM}/metadata/v1/instance${VERSION} Authorization=Bearer abc`]:
				'{"id":"i","profile":{"name":"bx2"},"zone":{"name":"eu-de-2"}}',
		},
		{
			...{ provider: 'IBM', instanceId: 'i', instanceType: 'bx2' },
			...{ region: 'eu-de', availabilityZone: 'eu-de-2' },
		},
	],
	[
		'Oracle',
		{ chassis_asset_tag: 'OracleCloud.com' },
		{
			[`GET ${LOCAL}/opc/v2/instance/ Authorization=Bearer Oracle`]: JSON.stringify({
				...{ id: 'o', shape: 'VM.Standard', canonicalRegionName: 'eu-frankfurt-1' },
				availabilityDomain: 'kWVD:EU-FRANKFURT-1-AD-3',
			}),
		},
		{
			...{ provider: 'Oracle', instanceId: 'o', instanceType: 'VM.Standard', region: 'eu-frankfurt-1' },
			availabilityZone: 'eu-frankfurt-1-ad-3',
		},
	],
];

describe('clouds', () => {
	test.each(CLOUDS)('%s', async (_name, firmware, answers, facts) => {
		expect(await machine(firmware, answers).find()).toEqual({ facts: { ...NO_CLOUD, ...facts } });
	});

	test('a cloud that does not answer is named, and the failure told', async () => {
		const found = await machine({ board_vendor: 'Amazon EC2' }).find({ region: 'mine' });
		expect(found.facts).toEqual({ ...NO_CLOUD, provider: 'AWS', region: 'mine' });
		expect(String(found.error)).toContain('/latest/api/token');
		const silent = await machine({ board_vendor: 'DigitalOcean' }).find();
		expect(silent.error).toBeDefined();
	});

	test('an answer that is no JSON is a failure', async () => {
		const question = `GET ${LOCAL}/opc/v2/instance/ Authorization=Bearer Oracle`;
		const found = await machine({ chassis_asset_tag: 'OracleCloud.com' }, { [question]: '<html>' }).find();
		expect(found.facts.provider).toBe('Oracle');
		expect(found.error).toBeInstanceOf(SyntaxError);
	});

	test('what somebody set wins', async () => {
		const overrides = { provider: 'Mine', availabilityZone: 'rack-1', instanceType: 'big' };
		const { facts } = await machine({ board_vendor: 'Amazon EC2' }, AWS_ANSWERS).find(overrides);
		expect(facts).toEqual({ ...AWS, ...overrides });
	});
});

test.each([
	['a machine without firmware', {}],
	['a laptop of Microsoft', { board_vendor: 'Microsoft Corporation', sys_vendor: 'Microsoft Corporation' }],
	['a laptop of Google', { board_vendor: 'Google', product_name: 'Eve' }],
	['a desktop', { board_vendor: 'ASUSTeK COMPUTER INC.', chassis_asset_tag: 'Default string' }],
])('%s: nothing is asked', async (_name, firmware) => {
	const { asked, find } = machine(firmware);
	expect(await find({ region: 'home' })).toEqual({ facts: { ...NO_CLOUD, region: 'home' } });
	expect(asked).toEqual([]);
});
