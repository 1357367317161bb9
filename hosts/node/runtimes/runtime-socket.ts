import { existsSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { HOST_ROOTS } from '../procfs/procfs.ts';

/** Answers of runtimes are some tens of KiB; one that is longer is not read. */
const MAX_ANSWER = 4 << 20;

/** A node with a thousand containers asks for all of them at once. */
const agent = new Agent({ maxSockets: 16, keepAlive: false });

/** The first of these paths of the node that is there, as this process can open it. */
export function findSocket(paths: readonly string[]): string | undefined {
	return HOST_ROOTS.flatMap((root) => paths.map((path) => join(root, path))).find((path) => existsSync(path));
}

/** Body of a GET over a unix socket, as JSON; undefined for 404. Rejects for any other status but 200, and when `signal` aborts. */
export function getJson(socketPath: string, path: string, signal: AbortSignal): Promise<unknown> {
	return new Promise((resolve, reject) => {
		const request = get({ socketPath, path, signal, agent, headers: { host: 'localhost' } }, (response) => {
			const chunks: Buffer[] = [];
			let bytes = 0;
			response.on('error', reject);
			response.on('data', (chunk: Buffer) => {
				bytes += chunk.length;
				if (bytes > MAX_ANSWER) request.destroy(new Error(`${socketPath}${path} answers too many bytes`));
				else chunks.push(chunk);
			});
			response.on('end', () => {
				if (response.statusCode === 404) return resolve(undefined);
				if (response.statusCode !== 200)
					return reject(new Error(`${socketPath}${path} answers ${response.statusCode}`));
				try {
					resolve(JSON.parse(Buffer.concat(chunks).toString()));
				} catch (error) {
					reject(error);
				}
			});
		});
		request.on('error', reject);
	});
}

/** Entries of a JSON object that are text; empty for anything else. */
export function texts(value: unknown): Record<string, string> {
	if (typeof value !== 'object' || value === null) return {};
	return Object.fromEntries(Object.entries(value).filter(([, each]) => typeof each === 'string'));
}

/** Text, or empty for anything else. */
export function text(value: unknown): string {
	return typeof value === 'string' ? value : '';
}
