import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { made, runToMake } from '../programs/made.ts';
import { pythonWith } from '../programs/python.ts';

// Programs of others that send OTLP, made once below `build/senders`.

const PYTHON_SDK = '1.45.2';
const TELEMETRYGEN = 'v0.161.0';

/** A Python that has the official SDK; wants python3 with venv. */
export function pythonWithSdk(): string {
	const packages = ['opentelemetry-sdk', 'opentelemetry-exporter-otlp-proto-http'];
	return pythonWith(
		`senders/python-${PYTHON_SDK}`,
		packages.map((name) => `${name}==${PYTHON_SDK}`),
	);
}

/** Whether telemetrygen can be built here. */
export const hasGo = (process.env.PATH ?? '')
	.split(delimiter)
	.some((folder) => folder !== '' && existsSync(join(folder, 'go')));

/** The Collector project's load generator, built from its source; wants Go. */
export function telemetrygen(): string {
	const module = `github.com/open-telemetry/opentelemetry-collector-contrib/cmd/telemetrygen@${TELEMETRYGEN}`;
	const folder = made(`senders/telemetrygen-${TELEMETRYGEN}`, (to) =>
		runToMake('go', ['install', module], { GOBIN: to }),
	);
	return join(folder, 'telemetrygen');
}
