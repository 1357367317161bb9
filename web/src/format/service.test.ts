import { expect, test } from 'vitest';
import { shortService } from './service.ts';

test.each([
	['/k8s/payments/ledger-7c9d/main', 'ledger-7c9d/main'],
	['/docker/api', 'api'],
	['/host/nginx', 'nginx'],
	['checkout', 'checkout'],
	['team/checkout', 'team/checkout'],
	['/nginx', '/nginx'],
	['/host/', '/host/'],
	['', ''],
])('%s is %s', (service, short) => {
	expect(shortService(service)).toBe(short);
});
