/** What a cloud says of the machine that the node is. Empty: not known. */
export interface CloudFacts {
	provider: string;
	accountId: string;
	instanceId: string;
	instanceType: string;
	/** `on-demand`, `spot`, `preemptible`, as the cloud calls it. */
	lifeCycle: string;
	region: string;
	availabilityZone: string;
	availabilityZoneId: string;
	localIPv4: string;
	publicIPv4: string;
}

export const NO_CLOUD: CloudFacts = {
	provider: '',
	accountId: '',
	instanceId: '',
	instanceType: '',
	lifeCycle: '',
	region: '',
	availabilityZone: '',
	availabilityZoneId: '',
	localIPv4: '',
	publicIPv4: '',
};
