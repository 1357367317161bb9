import { writeRequest } from './write-request.ts';

export const METRIC = 'fault_test_total';
/** Of each writer. */
export const SERIES = 5;

/** Sends numbered batches, one after the other, and knows which were acknowledged. */
export class SampleWriter {
	readonly name: string;
	/** All batches below are acknowledged. */
	acknowledged = 0;
	private readonly base: number;

	constructor(name: string, base = Date.now() - 600_000) {
		this.name = name;
		this.base = base;
	}

	/** Time of batch `sequence`: 100 ms apart. */
	timestamp(sequence: number): number {
		return this.base + sequence * 100;
	}

	/** The first `count` samples of a series, `[timestamp, value]`. */
	samples(series: number, count: number): [number, number][] {
		return Array.from({ length: count }, (_, sequence) => [this.timestamp(sequence), sequence * 10 + series]);
	}

	/** Sends until the server is gone or `until` batches are acknowledged. */
	async send({ url, key }: { url: string; key: string }, until = Number.POSITIVE_INFINITY): Promise<void> {
		while (this.acknowledged < until) {
			const sequence = this.acknowledged;
			const body = writeRequest(
				Array.from({ length: SERIES }, (_, series) => ({
					labels: { __name__: METRIC, writer: this.name, series: String(series) },
					samples: [{ value: sequence * 10 + series, timestamp: this.timestamp(sequence) }],
				})),
			);
			let response: Response;
			try {
				response = await fetch(`${url}/api/v1/write`, {
					method: 'POST',
					headers: {
						'Content-Type': 'application/x-protobuf',
						'Content-Encoding': 'snappy',
						'X-Prometheus-Remote-Write-Version': '0.1.0',
						'X-API-Key': key,
					},
					body,
				});
			} catch {
				// The server is dead: the batch was not acknowledged.
				return;
			}
			if (response.status !== 204) throw new Error(`${response.status}: ${await response.text()}`);
			this.acknowledged++;
		}
	}
}
