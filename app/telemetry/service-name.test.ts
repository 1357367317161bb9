import { expect, it } from 'vitest';
import { serviceNameOf } from './service-name.ts';

it.each([
	['/k8s/shop/cart-6d5b7f9c4-x2vbn/main', '/k8s/shop/cart'],
	['/k8s/shop/fluent-x2vbn/main', '/k8s/shop/fluent'],
	['/k8s/shop/db-0/postgres', '/k8s/shop/db'],
	['/k8s/shop/cart/main', '/k8s/shop/cart/main'],
	['/k8s/shop/cart-aeiou/main', '/k8s/shop/cart-aeiou/main'],
	['/k8s-cronjob/shop/report-0/main', '/k8s-cronjob/shop/report-0/main'],
	['/docker/shop-1', '/docker/shop-1'],
	['/host/nginx', '/host/nginx'],
])('%s is %s', (containerId, service) => {
	expect(serviceNameOf(containerId)).toBe(service);
});
