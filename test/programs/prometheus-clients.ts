import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unpackDebian } from '../../setup/debian-packages.mjs';
import { root } from '../product/product.ts';
import { made, runToMake } from './made.ts';

// Clients of the Prometheus API that others made.

const DRIVER = '3.5.1';

/** What Debian's promtool (2.42) prints; throws what it says when it fails. */
export async function promtool(words: string[]): Promise<string> {
	const folder = await unpackDebian(root, 'prometheus', ['prometheus']);
	const { stdout } = await promisify(execFile)(join(folder, 'usr/bin/promtool'), words);
	return stdout;
}

interface DriverSeries {
	metric: { name?: string; labels: Record<string, string> };
	value?: { time: Date; value: number };
	values?: { time: Date; value: number }[];
}

export interface Driver {
	instantQuery(query: string, time?: Date | number): Promise<{ resultType: string; result: DriverSeries[] }>;
	rangeQuery(query: string, start: Date, end: Date, step: number): Promise<{ result: DriverSeries[] }>;
	series(matchers: string | string[], start: Date, end: Date): Promise<DriverSeries['metric'][]>;
	labelNames(): Promise<string[]>;
	labelValues(label: string): Promise<string[]>;
	metadata(): Promise<object>;
	rules(): Promise<unknown[]>;
	alerts(): Promise<unknown[]>;
	status(): Promise<object>;
	buildinfo?(): Promise<object>;
}

/** The npm package `prometheus-query`, installed once below `build/`. */
export function prometheusDriver(o: {
	endpoint: string;
	baseURL?: string;
	auth: { username: string; password: string };
}): Driver {
	const folder = made(`programs/prometheus-query-${DRIVER}`, (to) =>
		runToMake('npm', [
			...['install', '--prefix', to, '--no-audit', '--no-fund', '--loglevel=error'],
			`prometheus-query@${DRIVER}`,
		]),
	);
	const { PrometheusDriver } = createRequire(join(folder, 'package.json'))('prometheus-query') as {
		PrometheusDriver: new (options: object) => Driver;
	};
	return new PrometheusDriver({ ...o, preferPost: true });
}
