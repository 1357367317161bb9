import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { type PromqlCases, randomCases } from './promql-cases.ts';
import { everyCase } from './promql-coverage.ts';
import type { OracleAnswer } from './promql-oracle.ts';

const FILE = new URL('promql-answers.json.br', import.meta.url);
const SEED = 20_26;
const RANDOM_CASES = 1500;

/** Prometheus's answers to questions that this code makes; the digest is of the questions and their series. */
interface Corpus {
	prometheus: string;
	questions: string;
	answers: OracleAnswer[];
}

/** The fixed questions. */
export function corpusCases(): PromqlCases {
	const every = everyCase(SEED);
	const random = randomCases(SEED, RANDOM_CASES, 150);
	return { data: new Map([...every.data, ...random.data]), cases: [...every.cases, ...random.cases] };
}

function digestOf({ data, cases }: PromqlCases): string {
	return createHash('sha256')
		.update(JSON.stringify([[...data], cases]))
		.digest('hex');
}

export function readCorpus(cases: PromqlCases): OracleAnswer[] {
	const corpus = JSON.parse(brotliDecompressSync(readFileSync(FILE)).toString()) as Corpus;
	if (corpus.questions !== digestOf(cases)) {
		throw new Error(`${FILE.pathname} answers other questions: run node test/oracles/promql-record.ts`);
	}
	return corpus.answers;
}

export function writeCorpus(cases: PromqlCases, answers: OracleAnswer[]): void {
	const corpus: Corpus = { prometheus: 'v0.316.0', questions: digestOf(cases), answers };
	const text = Buffer.from(JSON.stringify(corpus));
	const params = { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_QUALITY]: 11 };
	writeFileSync(FILE, brotliCompressSync(text, { params }));
}
