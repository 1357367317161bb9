#!/usr/bin/env node
// The name is taken, so that manifests can be written for it.
process.stderr.write('codexray-cluster-agent: this version of Codexray has no cluster agent yet.\n');
process.exitCode = 1;
