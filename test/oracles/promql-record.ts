import { corpusCases, writeCorpus } from './promql-corpus.ts';
import { askOracle, buildOracle } from './promql-oracle.ts';

// Asks Prometheus the fixed questions anew, for when the questions have changed. Needs Go.

await buildOracle();
const cases = corpusCases();
writeCorpus(cases, await askOracle(cases));
