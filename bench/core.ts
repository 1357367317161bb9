import { builtModules } from '../core-as/testing/modules.ts';
import { measureChunks } from './core/chunks.ts';
import { measureOtlp } from './core/otlp.ts';
import { measureRemoteWrite, timeOtherWays } from './core/remote-write.ts';
import { measureSnappy } from './core/snappy.ts';
import { type Results, report } from './report.ts';

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
const notes = [...snappy.notes, small.note, large.note, timeOtherWays(modules, 3_246), ...chunks.notes];
process.exit(report('core', results, notes, process.argv.includes('--write')));
