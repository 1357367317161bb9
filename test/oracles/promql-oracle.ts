import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { promisify } from 'node:util';
import type { PromqlCase, PromqlCases } from './promql-cases.ts';
import type { WireSeries } from './promql-data.ts';

const SOURCES = new URL('promql', import.meta.url).pathname;
const FOLDER = new URL('../../build/oracles', import.meta.url).pathname;
const PROGRAM = `${FOLDER}/promql`;

/** What Prometheus answers; see test/oracles/promql/main.go. */
export interface OracleAnswer {
	type?: string;
	result?: WireSeries[];
	text?: string;
	warnings?: string[];
	infos?: string[];
	error?: string;
	kind?: 'parse' | 'execution';
}

export function hasGo(): boolean {
	try {
		execFileSync('go', ['version'], { stdio: 'ignore' });
		return true;
	} catch {
		return false;
	}
}

/** Builds the oracle below build/oracles; minutes the first time. */
export async function buildOracle(): Promise<void> {
	mkdirSync(FOLDER, { recursive: true });
	await promisify(execFile)('go', ['build', '-o', PROGRAM, '.'], { cwd: SOURCES });
}

export function askOracle({ data, cases }: PromqlCases): Promise<OracleAnswer[]> {
	const lines: unknown[] = [...data].map(([name, series]) => ({ data: name, series }));
	return ask([...lines, ...cases]);
}

/** The canonical form of expressions, or why they are none. */
export function parseByOracle(
	expressions: readonly string[],
	options: PromqlCase['options'],
): Promise<OracleAnswer[]> {
	return ask(expressions.map((parse) => ({ parse, options })));
}

function ask(lines: unknown[]): Promise<OracleAnswer[]> {
	return new Promise((resolve, reject) => {
		const child = spawn(PROGRAM, { stdio: ['pipe', 'pipe', 'inherit'] });
		const chunks: Buffer[] = [];
		child.on('error', reject);
		child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
		child.on('close', (code) => {
			if (code !== 0) return reject(new Error(`the oracle ended with ${code}`));
			const text = Buffer.concat(chunks).toString().trimEnd();
			resolve(text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as OracleAnswer));
		});
		child.stdin.on('error', reject);
		child.stdin.end(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
	});
}
