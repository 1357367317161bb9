import { report } from './report.ts';

// A bench whose rows nobody measures yet: all of them print as short.
const [name, ...args] = process.argv.slice(2);
process.exit(report(name!, {}, [], args.includes('--write')));
