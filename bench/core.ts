import { builtModules } from '../core-as/testing/modules.ts';
import { measureChunks } from './core/chunks.ts';
import { measureHeads } from './core/heads.ts';
import { measureOtlp } from './core/otlp.ts';
import { measurePprof } from './core/pprof.ts';
import { measureRemoteWrite, timeOtherWays } from './core/remote-write.ts';
import { componentSizes } from './core/sizes.ts';
import { measureSnappy } from './core/snappy.ts';
import { type Results, report, writeSection } from './report.ts';

// The components beside their rivals in one process: candidates take turns, figures are medians of CPU time.

const modules = await builtModules();
const results: Results = {};
const snappy = await measureSnappy(modules);
results.snappy = snappy.row;
const chunks = measureChunks(modules);
results.chunks = chunks.row;
const small = measureRemoteWrite(modules, 202, { protobuf: 4, plain: 2 });
results.remoteWrite64 = small.row;
const large = measureRemoteWrite(modules, 3_246, { protobuf: 5, plain: 2.5 });
results.remoteWrite1M = large.row;
results.otlp = await measureOtlp(modules);
const pprof = measurePprof(modules);
results.pprof = pprof.row;
const ways = timeOtherWays(modules, 3_246);
const heads = measureHeads(modules);
const notes = [...snappy.notes, small.note, large.note, ways, ...chunks.notes, heads, pprof.note];
const write = process.argv.includes('--write');
const sizes = componentSizes();
for (const line of sizes) console.log(`# ${line}`);
if (write) writeSection('core-sizes', sizes);
process.exit(report('core', results, notes, write));
