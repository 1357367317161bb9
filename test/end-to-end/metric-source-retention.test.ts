import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BUILD_TIMEOUT_MS, SERVER_BUILDS } from '../databases/go-servers.ts';
import { MetricServer, metricSourceProgram } from '../databases/metric-sources.ts';
import { CopyingServer, labelKey, type RawSamples, rawSamples } from '../product/copying-server.ts';
import { until } from '../product/waiting.ts';

const STEP = 30_000;
const HOUR = 3_600_000;
const END = Math.floor(Date.now() / STEP) * STEP - 2 * STEP;
const BEGIN = END - 9 * HOUR;
/** Before it lie whole blocks that two hours of retention let go of, whatever hour it is. */
const FORGOTTEN = END - 5 * HOUR;
const NAMES = 20;

/** Samples of ten gauges over nine hours, and of ten that ended long ago. */
function estate(): RawSamples {
	const made: RawSamples = {};
	for (let n = 0; n < NAMES; n++) {
		const end = n < NAMES / 2 ? END : END - 7 * HOUR;
		const values: [number, string][] = [];
		for (let t = BEGIN; t <= end; t += STEP) values.push([t, `${n * 10_000 + (t - BEGIN) / STEP + 0.25}`]);
		made[labelKey({ __name__: `remembered_${n}`, instance: 'a:1' })] = values;
	}
	return made;
}

/** Blocks of these samples in the folder of a Prometheus that does not run. */
async function writeBlocks(made: RawSamples, dataDir: string): Promise<void> {
	const dir = mkdtempSync(join(tmpdir(), 'codexray-openmetrics-'));
	let text = '';
	for (const [key, values] of Object.entries(made)) {
		const { __name__: name, instance } = Object.fromEntries(JSON.parse(key)) as Record<string, string>;
		text += `# TYPE ${name} gauge\n`;
		for (const [time, value] of values) text += `${name}{instance="${instance}"} ${value} ${time / 1000}\n`;
	}
	writeFileSync(join(dir, 'samples'), `${text}# EOF\n`);
	const words = ['tsdb', 'create-blocks-from', 'openmetrics', join(dir, 'samples'), dataDir];
	execFileSync(await metricSourceProgram('promtool'), words, { stdio: 'pipe' });
	rmSync(dir, { recursive: true });
}

const made = estate();
const ALL = '{__name__=~"remembered_.*"}';

describe.each(SERVER_BUILDS)('Prometheus that keeps two hours, build: %s', (build) => {
	let prometheus: MetricServer;
	let server: CopyingServer;
	beforeAll(async () => {
		prometheus = await MetricServer.start('prometheus', [], build);
		await prometheus.stop();
		prometheus.writesBlocks = true;
		await writeBlocks(made, prometheus.dataDir);
		await prometheus.run();
		server = await new CopyingServer(['--prometheus-url', prometheus.url]).start();
	}, BUILD_TIMEOUT_MS);
	afterAll(async () => {
		await server?.remove();
		await prometheus?.remove();
	});

	test('what it has deleted is still answered here, sample by sample', async () => {
		expect(await rawSamples(prometheus.ask, ALL, BEGIN, END)).toEqual(made);
		await server.whole();
		const blocks = readdirSync(prometheus.dataDir).filter((each) => /^01[\dA-Z]{24}$/.test(each));
		expect(blocks.length).toBeGreaterThanOrEqual(4);

		await prometheus.stop();
		prometheus.options = ['--storage.tsdb.retention.time=2h'];
		await prometheus.run();
		await until(
			async () =>
				Object.keys(await rawSamples(prometheus.ask, ALL, BEGIN, FORGOTTEN)).length === 0 || undefined,
			() => 'the source still answers what it should have deleted',
		);
		// It is gone from its disk, not only from its answers.
		await until(
			() => blocks.some((each) => !readdirSync(prometheus.dataDir).includes(each)) || undefined,
			() => 'no block is deleted',
		);
		const path = '/api/v1/label/__name__/values';
		const gone = 'remembered_19';
		expect(((await prometheus.ask(path)) as { data: string[] }).data).not.toContain(gone);

		expect(await rawSamples(server.ask, ALL, BEGIN, END)).toEqual(made);
		await server.whole();
		// It has asked a source that does not hold them any more, and has started again.
		await server.stop();
		await server.start();
		await server.whole();
		expect(await rawSamples(server.ask, ALL, BEGIN, END)).toEqual(made);
		expect(((await server.ask(path)) as { data: string[] }).data).toContain(gone);
		const old = Object.keys(await rawSamples(server.ask, 'remembered_19', BEGIN, FORGOTTEN));
		expect(old).toEqual([labelKey({ __name__: gone, instance: 'a:1' })]);
	}, 300_000);
});
