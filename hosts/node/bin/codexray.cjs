#!/usr/bin/env node
require('./start.cjs')(() => import('../commands/codexray.ts'));
