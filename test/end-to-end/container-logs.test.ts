import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Product, seriesOf } from '../product/product.ts';
import { until } from '../product/waiting.ts';
import { Cri } from '../runtimes/cri.ts';
import { Docker } from '../runtimes/docker.ts';
import { Podman } from '../runtimes/podman.ts';

// What containers print, through the files of a real dockerd (which rotates them), a real podman and a real containerd.

const LINES = 2_000;
/** Runtimes cut lines at 16 KiB, and say so. */
const LONG = 40_000;
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

/** Numbered lines, a few at a time; then one that is long, one in JSON, and one to standard error, maybe between the parts of the long one; a last one without a line feed. */
const script = (name: string) => `i=0
while [ $i -lt ${LINES} ]; do
	echo "INFO ${name} line $i of some that are long enough to fill a file"
	i=$((i+1))
	[ $((i % 20)) -eq 0 ] && usleep 20000
done
echo "${name} long $(head -c ${LONG} /dev/zero | tr '\\000' x)"
echo '{"level":"error","msg":"${name} cannot pay","order":{"id":17},"trace_id":"${TRACE}"}'
echo "WARN ${name} to standard error" >&2
sleep 10
printf "${name} ends"`;

interface Found {
	logs: {
		body: string;
		service: string;
		severityText: string;
		traceId: string;
		attributes: Record<string, string>;
	}[];
	next: string | null;
}

const product = new Product();
const docker = new Docker();
const podman = new Podman();
const cri = new Cri();
const started = Date.now();
const range = () => `from=${started - 60_000}&to=${Date.now() + 60_000}`;

beforeAll(async () => {
	podman.start();
	const sockets = { DOCKER_SOCKET: docker.socket, CONTAINERD_SOCKET: cri.socket, PODMAN_ROOT: podman.root };
	await Promise.all([product.start([], sockets), docker.start(), cri.start()]);
});
afterAll(async () => {
	await docker.close();
	await podman.close();
	await cri.close();
	await product.remove();
});

async function all(text: string): Promise<Found['logs']> {
	const logs: Found['logs'] = [];
	let before = '';
	for (;;) {
		const query = `${range()}&limit=1000&text=${encodeURIComponent(text)}${before && `&before=${before}`}`;
		const page = await product.api<Found>(`/api/logs?${query}`);
		logs.push(...page.logs);
		if (page.next === null) return logs;
		before = page.next;
	}
}

describe.each([
	{
		runtime: 'docker',
		run: async (name: string) =>
			docker.run(script(name), ['--name', name, '--log-opt', 'max-size=60k', '--log-opt', 'max-file=9']),
		container: (name: string) => `/docker/${name}`,
		service: (name: string) => `/docker/${name}`,
	},
	{
		runtime: 'podman',
		run: async (name: string) => podman.run(script(name), ['--name', name]),
		container: (name: string) => `/podman/${name}`,
		service: (name: string) => `/podman/${name}`,
	},
	{
		runtime: 'containerd',
		run: (name: string) => cri.run({ namespace: 'shop', name: `${name}-0`, container: 'app' }, script(name)),
		container: (name: string) => `/k8s/shop/${name}-0/app`,
		// The pod of a stateful set.
		service: (name: string) => `/k8s/shop/${name}`,
	},
])('$runtime', ({ runtime, run, container, service }) => {
	const name = `${runtime}test${process.pid}`;

	test('every line comes once, from the container that printed it', async () => {
		await run(name);
		await until(
			async () => ((await all(`${name} line`).catch(() => [])).length >= LINES ? true : undefined),
			() => 'some lines do not come',
			60_000,
		);
		const logs = await all(`${name} line`);
		const numbers = logs.map(({ body }) => Number(/line (\d+) of/.exec(body)![1])).sort((a, b) => a - b);
		expect(numbers).toEqual(Array.from({ length: LINES }, (_, i) => i));
		expect(new Set(logs.map((log) => log.service))).toEqual(new Set([service(name)]));
	}, 90_000);

	test('a line that the runtime cut is whole again, JSON is taken apart, standard error is there', async () => {
		const find = (text: string) =>
			until(
				async () => (await all(`${name} ${text}`)).find(({ body }) => body.includes(`${name} ${text}`)),
				() => `"${text}" does not come`,
			);
		expect((await find('long')).body).toBe(`${name} long ${'x'.repeat(LONG)}`);
		expect(await find('cannot pay')).toMatchObject({
			body: `${name} cannot pay`,
			severityText: 'error',
			traceId: TRACE,
			attributes: { 'order.id': '17' },
		});
		expect((await find('to standard error')).severityText).toBe('warning');
	});

	test('the last line of a container comes, though no line feed ends it', async () => {
		await until(
			async () => ((await all(`${name} ends`)).length === 1 ? true : undefined),
			() => 'it does not come',
			60_000,
		);
	}, 90_000);

	test('messages are counted under the parent system’s name', async () => {
		const counts = await until(
			async () => {
				const found = seriesOf(await product.metrics(), 'container_log_messages_total').filter(
					({ labels }) => labels.container_id === container(name),
				);
				return found.some(({ labels, value }) => labels.level === 'info' && value === LINES)
					? found
					: undefined;
			},
			() => 'the counter does not come to its end',
		);
		expect(new Set(counts.map(({ labels }) => labels.source))).toEqual(new Set(['stdout/stderr']));
		expect(counts.map(({ labels }) => labels.level).sort()).toEqual(['error', 'info', 'unknown', 'warning']);
	});
});
