'use strict';
// A log under /var/log that is held open, and begun anew when it is long: LOG_FILE; without it nothing is written.
const { closeSync, openSync, renameSync, writeSync } = require('node:fs');

const file = process.env.LOG_FILE;
const MAX_BYTES = 5_000_000;
let fd = file ? openSync(file, 'a') : undefined;
let size = 0;

/** Writes one line. */
exports.write = (line) => {
	if (fd === undefined) return;
	size += writeSync(fd, `${line}\n`);
	if (size < MAX_BYTES) return;
	size = 0;
	renameSync(file, `${file}.1`);
	closeSync(fd);
	fd = openSync(file, 'a');
};

/** `2026-11-28 10:11:12.345 LEVEL message` */
exports.log = (level, message) =>
	exports.write(`${new Date().toISOString().replace('T', ' ').slice(0, 23)} ${level} ${message}`);
