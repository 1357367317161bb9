import { expect } from 'vitest';
import { METRIC, type SampleWriter, SERIES } from './sample-writer.ts';
import type { SignalServer } from './signal-server.ts';
import { until } from './waiting.ts';

interface Series {
	metric: Record<string, string>;
	values: [number, string][];
}

interface Answer {
	data: { result: Series[] };
}

/**
 * Every acknowledged batch is answered once with its value; of the rest at most the one in flight is. What is acknowledged is
 * durable at once and answered a moment later: that is waited for, and then nothing may be missing or too much.
 */
export async function expectSamples(server: SignalServer, writers: SampleWriter[]): Promise<void> {
	for (const writer of writers) {
		const series = await until(
			async () => {
				const found = await ask(server, writer);
				const isThere = ({ values }: Series) => values.length >= writer.acknowledged;
				return found.length >= SERIES && found.every(isThere) ? found : undefined;
			},
			() => `the samples of ${writer.name} are not answered`,
		);
		expect(series, writer.name).toHaveLength(SERIES);
		for (const { metric, values } of series) {
			expect(values.length, writer.name).toBeLessThanOrEqual(writer.acknowledged + 1);
			expect(values.map(([seconds, value]) => [Math.round(seconds * 1000), Number(value)])).toEqual(
				writer.samples(Number(metric.series), values.length),
			);
		}
	}
}

async function ask(server: SignalServer, writer: SampleWriter): Promise<Series[]> {
	const query = encodeURIComponent(`${METRIC}{writer="${writer.name}"}[1h]`);
	const time = (writer.timestamp(0) + 1_800_000) / 1000;
	return (await server.get<Answer>(`/api/v1/query?query=${query}&time=${time}`)).data.result;
}
