import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { patternHash } from '../../core-as/testing/plain-log-pattern.ts';
import { Product, root, seriesOf } from '../product/product.ts';
import { until } from '../product/waiting.ts';

// A program that writes to a file under /var/log and knows nothing of Codexray; the agent is killed while it writes.

const LINES = 3_000;
const PATTERN = patternHash('ERROR codexraytest line is refused for user');

interface Found {
	logs: {
		id: string;
		body: string;
		service: string;
		severityText: string;
		attributes: Record<string, string>;
	}[];
	next: string | null;
}

describe.each(['node', 'deno'])('server on %s', (runtime) => {
	const product = new Product();
	const file = `/var/log/codexray-test-${process.pid}-${runtime}.log`;
	let program: ChildProcess | undefined;

	beforeAll(async () => {
		await product.start(['--runtime', runtime]);
		program = spawn(process.execPath, [join(root, 'test/programs/log-writer.mjs'), file, String(LINES)], {
			stdio: ['pipe', 'inherit', 'inherit'],
		});
	});
	afterAll(async () => {
		program?.kill('SIGKILL');
		await product.remove();
		for (const name of [file, `${file}.1`, `${file}.2`]) rmSync(name, { force: true });
	});

	/** The child of `up` that runs the agent now. */
	function agentPid(): number | undefined {
		const { pid } = product.run();
		const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
		return children.map(Number).find((child) => {
			try {
				return readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('node-agent');
			} catch {
				return false;
			}
		});
	}

	const from = Date.now() - 60_000;
	const range = () => `from=${from}&to=${Date.now() + 60_000}`;

	async function allBodies(): Promise<string[]> {
		const bodies: string[] = [];
		let before = '';
		for (;;) {
			const page = await product.api<Found>(
				`/api/logs?${range()}&limit=1000&text=codexraytest${before && `&before=${before}`}`,
			);
			bodies.push(...page.logs.map(({ body }) => body));
			if (page.next === null) return bodies;
			before = page.next;
		}
	}

	test('lines are counted by severity and pattern', async () => {
		const counted = await until(
			async () =>
				seriesOf(await product.metrics(), 'container_log_messages_total').find(
					({ labels }) => labels.source === file && labels.level === 'error',
				),
			() => 'nothing is counted',
		);
		expect(counted).toMatchObject({ labels: { pattern_hash: PATTERN }, value: expect.any(Number) });
	});

	test('every line comes once, over rotation and kill -9 of the agent', async () => {
		const numbers = (bodies: string[]) =>
			bodies.map((body) => Number(/line (\d+)/.exec(body)![1])).sort((a, b) => a - b);
		for (let kill = 0; kill < 3; kill++) {
			await until(
				async () => ((await allBodies().catch(() => [])).length > (kill * LINES) / 4 ? true : undefined),
				() => 'no line comes',
				60_000,
			);
			const agent = agentPid()!;
			process.kill(agent, 'SIGKILL');
			await until(
				() => (agentPid() ?? agent) !== agent || undefined,
				() => 'the agent does not come back',
			);
		}
		await until(
			async () => ((await allBodies().catch(() => [])).length >= LINES ? true : undefined),
			() => 'some lines do not come',
			90_000,
		);
		expect(numbers(await allBodies())).toEqual(Array.from({ length: LINES }, (_, i) => i));
	}, 240_000);

	test('a line is found by its text and by its pattern, with its container, and is counted', async () => {
		const found = await product.api<Found>(`/api/logs?${range()}&pattern=${PATTERN}&limit=1000`);
		expect(found.logs).toHaveLength(LINES / 10);
		expect(found.logs[0]).toMatchObject({
			severityText: 'error',
			attributes: { 'pattern.hash': PATTERN },
			service: expect.stringMatching(/^\/host\//),
		});
		const patterns = await product.api<{ patterns: { hash: string; count: number }[] }>(
			`/api/logs/patterns?${range()}&text=codexraytest`,
		);
		expect(patterns.patterns.map(({ hash }) => hash)).toContain(PATTERN);
	});
});
