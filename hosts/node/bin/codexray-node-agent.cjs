#!/usr/bin/env node
// The agent itself, with no process before it: signals of a service manager are its own.
require('./start.cjs')(() => import('../node-agent-process.ts'));
