import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Certificates } from '../databases/certificates.ts';
import { MetricServer } from '../databases/metric-sources.ts';
import { CopyingServer, labelKey, type RawSamples, rawSamples } from '../product/copying-server.ts';
import { until } from '../product/waiting.ts';
import { writeRequest } from '../product/write-request.ts';

// A Prometheus with TLS and a password, and one behind a proxy that wants a token and a tenant.

const STEP = 15_000;
const END = Math.floor(Date.now() / STEP) * STEP - 2 * STEP;
const SAMPLES = 200;
const BEGIN = END - (SAMPLES - 1) * STEP;
const ALL = '{__name__=~"guarded_.*"}';

const PASSWORD = 'p@ss:w/ord %41';
/** bcrypt of it. */
const HASH = '$2b$04$abcdefghijklmnopqrstuu.X/asllA.Nsqv00ovQHiZ5gVhGUoan6';
const TOKEN = 'token-that-nobody-may-see';
const TENANT = 'tenant-that-nobody-may-see';

const made: RawSamples = {};
for (let n = 0; n < 10; n++)
	made[labelKey({ __name__: `guarded_${n}_total` })] = Array.from({ length: SAMPLES }, (_, i) => [
		BEGIN + i * STEP,
		`${n * 1_000 + i}`,
	]);

let certificates: Certificates;
let strangers: Certificates;
let dir: string;
let plain: MetricServer;
let guarded: MetricServer;

async function fill(prometheus: MetricServer): Promise<void> {
	const series = Object.entries(made).map(([key, values]) => ({
		labels: Object.fromEntries(JSON.parse(key)) as Record<string, string>,
		samples: values.map(([timestamp, value]) => ({ timestamp, value: Number(value) })),
	}));
	await prometheus.push(writeRequest(series));
}

beforeAll(async () => {
	certificates = new Certificates();
	strangers = new Certificates();
	dir = mkdtempSync(join(tmpdir(), 'codexray-guarded-'));
	plain = await MetricServer.start('prometheus');
	await fill(plain);
	guarded = await MetricServer.start('prometheus');
	await fill(guarded);
	await guarded.stop();
	const web = join(dir, 'web.yml');
	const tls = `tls_server_config: {cert_file: ${certificates.certificateFile}, key_file: ${certificates.keyFile}}`;
	writeFileSync(web, `${tls}\nbasic_auth_users: {reader: "${HASH}"}\n`);
	guarded.options = [`--web.config.file=${web}`];
	guarded.guard = {
		ca: certificates.ca,
		authorization: `Basic ${Buffer.from(`reader:${PASSWORD}`).toString('base64')}`,
	};
	await guarded.run();
}, 120_000);
afterAll(async () => {
	await plain?.remove();
	await guarded?.remove();
	certificates?.remove();
	strangers?.remove();
	rmSync(dir, { recursive: true, force: true });
});

/** The address with user and password. */
function urlWith(password: string): string {
	return guarded.url.replace('://', `://reader:${encodeURIComponent(password)}@`);
}

/** One sample of a name that the source knows, pushed to the server; resolves when it is taken. */
async function pushTo(server: CopyingServer, way: string, value: number): Promise<void> {
	const series = {
		labels: { __name__: 'guarded_0_total', way },
		samples: [{ value, timestamp: Date.now() }],
	};
	const response = await server.fetch('/api/v1/write', {
		method: 'POST',
		headers: { 'Content-Type': 'application/x-protobuf', 'Content-Encoding': 'snappy' },
		body: writeRequest([series]),
	});
	expect(response.status, await response.text()).toBe(204);
}

/** Waits until whoever answers has the sample that was pushed. */
async function arrived(ask: (path: string) => Promise<unknown>, way: string, value: number): Promise<void> {
	await until(
		async () => {
			const found = await rawSamples(ask, `guarded_0_total{way="${way}"}`, END, Date.now());
			return (
				Object.values(found).some((values) => values.some(([, text]) => text === `${value}`)) || undefined
			);
		},
		() => `${way} does not arrive`,
		60_000,
	);
}

/** Nothing that the server says has a secret, or what HTTP makes of it. */
async function expectNoSecrets(server: CopyingServer, secrets: string[]): Promise<void> {
	const metrics = await server.fetch('/metrics');
	expect(metrics.status).toBe(200);
	const said = [server.log(), await metrics.text(), JSON.stringify(await server.ask('/api/status'))];
	for (const text of said) {
		expect(text.length).toBeGreaterThan(50);
		for (const secret of secrets) {
			const shapes = [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')];
			for (const shape of shapes) expect(text).not.toContain(shape);
		}
	}
}

const SECRETS = [PASSWORD, `reader:${PASSWORD}`, 'wrong-password', 'reader:wrong-password'];

describe.each(['node', 'deno'] as const)('the server on %s', (runtime) => {
	let server: CopyingServer;

	test('copies from Prometheus with TLS and a password, and forwards to it', async () => {
		server = new CopyingServer(['--prometheus-ca-file', certificates.caFile], {
			runtime,
			env: { CODEXRAY_PROMETHEUS_URL: urlWith(PASSWORD) },
			files: [certificates.caFile],
		});
		await server.start();
		await server.whole();
		expect(await rawSamples(server.ask, ALL, BEGIN, END)).toEqual(made);
		await pushTo(server, `pushed_by_${runtime}`, 42.5);
		await arrived(guarded.ask, `pushed_by_${runtime}`, 42.5);
		await arrived(server.ask, `pushed_by_${runtime}`, 42.5);
		await expectNoSecrets(server, SECRETS);
		await server.remove();
	}, 240_000);

	test.each([
		['without a CA', () => undefined],
		['with the CA of others', () => strangers.caFile],
	])(
		'%s it says that a CA is wanted, and takes any certificate where it is told to',
		async (_name, ca) => {
			const caFile = ca();
			server = new CopyingServer(caFile === undefined ? [] : ['--prometheus-ca-file', caFile], {
				runtime,
				env: { CODEXRAY_PROMETHEUS_URL: urlWith(PASSWORD) },
				files: [strangers.caFile],
			});
			await server.start();
			const { error } = await server.until((status) => status.error !== null);
			expect(error).toMatch(/certificate of the metric source is not trusted.*--prometheus-ca-file/);
			await server.until((status) => status.error !== null && status.kind === null);
			await expectNoSecrets(server, SECRETS);
			await server.stop();
			server.options = ['--prometheus-tls-skip-verify'];
			await server.start();
			await server.whole();
			expect(await rawSamples(server.ask, ALL, BEGIN, END)).toEqual(made);
			await server.remove();
		},
		240_000,
	);

	test('with a wrong password it says where to mend it, and what was pushed waits until then', async () => {
		server = new CopyingServer(['--prometheus-ca-file', certificates.caFile], {
			runtime,
			env: { CODEXRAY_PROMETHEUS_URL: urlWith('wrong-password') },
			files: [certificates.caFile],
		});
		await server.start();
		const { error } = await server.until((status) => status.error !== null);
		expect(error).toMatch(/HTTP 401.*check user and password in --prometheus-url/);
		await pushTo(server, `waiting_on_${runtime}`, 7.5);
		const refused = (line: string) => /delivery failed, trying again/.test(line) && /HTTP 401/.test(line);
		await until(
			() => server.log().split('\n').some(refused) || undefined,
			() => server.log(),
		);
		await expectNoSecrets(server, SECRETS);
		await server.stop();
		server.env.CODEXRAY_PROMETHEUS_URL = urlWith(PASSWORD);
		await server.start();
		await server.whole();
		await arrived(guarded.ask, `waiting_on_${runtime}`, 7.5);
		expect(await rawSamples(server.ask, ALL, BEGIN, END)).toEqual(made);
		await server.remove();
	}, 240_000);

	test('sends token and tenant with each request, and says what a proxy misses', async () => {
		const proxy = createServer(checked);
		await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
		const tokenFile = join(dir, 'token');
		writeFileSync(tokenFile, `${TOKEN}\n`);
		const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
		server = new CopyingServer(['--prometheus-url', url], { runtime, files: [tokenFile] });
		await server.start();
		const noToken = await server.until((status) => status.error !== null);
		expect(noToken.error).toMatch(/HTTP 401: who are you\?; check .*--prometheus-token-file/);
		await server.stop();
		server.options.push('--prometheus-token-file', tokenFile);
		await server.start();
		const noTenant = await server.until((status) => status.error !== null);
		expect(noTenant.error).toMatch(/HTTP 403: no tenant; .*--prometheus-header/);
		await server.stop();
		server.env.CODEXRAY_PROMETHEUS_CUSTOM_HEADERS = `X-Scope-OrgID=${TENANT}`;
		await server.start();
		await server.whole();
		expect(await rawSamples(server.ask, ALL, BEGIN, END)).toEqual(made);
		await pushTo(server, `through_proxy_on_${runtime}`, 3.5);
		await arrived(plain.ask, `through_proxy_on_${runtime}`, 3.5);
		await expectNoSecrets(server, [TOKEN, TENANT]);
		await server.remove();
		proxy.closeAllConnections();
		proxy.close();
	}, 240_000);
});

/** Lets through to the open Prometheus what has the token and the tenant. */
function checked(from: IncomingMessage, to: ServerResponse): void {
	const refuse = (status: number, words: string) => {
		from.resume();
		from.on('end', () => to.writeHead(status).end(words));
	};
	if (from.headers.authorization !== `Bearer ${TOKEN}`) {
		refuse(401, 'who are you?');
		return;
	}
	if (from.headers['x-scope-orgid'] !== TENANT) {
		refuse(403, 'no tenant');
		return;
	}
	const onward = request(
		`${plain.url}${from.url}`,
		{ method: from.method, headers: from.headers },
		(answer) => {
			to.writeHead(answer.statusCode!, answer.headers);
			answer.pipe(to);
		},
	);
	onward.on('error', () => to.destroy());
	from.pipe(onward);
}
