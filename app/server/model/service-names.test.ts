import { expect, it } from 'vitest';
import { gridOf } from '../../promql/time-grid.ts';
import { applicationsByService, serviceNames } from './service-names.ts';
import { World } from './world.ts';

it('an application has the names of its containers and its own, and is found by each of them', () => {
	const world = new World(gridOf(0, 60_000), 'c');
	const node = world.node({ machine_id: 'm', system_uuid: 'u' });
	const { application } = world.instance('/docker/cart', node);
	const pod = world.instance('/k8s/shop/cart-6d5b7f9c4-x2vbn/main', node).application;
	world.external('elsewhere.test:443');
	expect(serviceNames(application)).toEqual(['/docker/cart', 'cart']);
	expect(serviceNames(pod)).toContain('/k8s/shop/cart');
	const by = applicationsByService(world);
	expect(by.get('/docker/cart')).toBe(application.id);
	expect(by.get('cart')).toBe(application.id);
	expect(by.get('/k8s/shop/cart')).toBe(pod.id);
	expect(by.has('elsewhere.test:443')).toBe(false);
});
