import { expect } from 'vitest';
import { METRIC, type SampleWriter, SERIES } from './sample-writer.ts';
import type { SignalServer } from './signal-server.ts';
import { until } from './waiting.ts';

interface Answer {
	data: { result: { metric: Record<string, string>; values: [number, string][] }[] };
}

/**
 * Every acknowledged batch is answered once with its value; of the rest at most the one in flight is. What is acknowledged is
 * durable at once, and answered a moment later.
 */
export async function expectSamples(server: SignalServer, writers: SampleWriter[]): Promise<void> {
	await until(
		() => compare(server, writers).then(() => true),
		() => 'the samples are not answered',
	);
}

async function compare(server: SignalServer, writers: SampleWriter[]): Promise<void> {
	for (const writer of writers) {
		const query = encodeURIComponent(`${METRIC}{writer="${writer.name}"}[1h]`);
		const time = (writer.timestamp(0) + 1_800_000) / 1000;
		const { data } = await server.get<Answer>(`/api/v1/query?query=${query}&time=${time}`);
		expect(data.result, writer.name).toHaveLength(SERIES);
		for (const { metric, values } of data.result) {
			expect(values.length, writer.name).toBeGreaterThanOrEqual(writer.acknowledged);
			expect(values.length).toBeLessThanOrEqual(writer.acknowledged + 1);
			expect(values.map(([seconds, value]) => [Math.round(seconds * 1000), Number(value)])).toEqual(
				writer.samples(Number(metric.series), values.length),
			);
		}
	}
}
